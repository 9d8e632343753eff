import { zstdDecompressSync } from 'node:zlib';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0/decoder.js';

export interface ReadRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Of key, value and headers, as they are stored. */
  readonly bodyBytes: number;
  /** It stands for a batch that nobody can take apart: its value is the bytes of that. */
  readonly isUnreadable?: true;
}

const [attributesAt, firstTimestampAt, countAt, recordsAt] = [21, 27, 57, 61];
const [codecBits, zstd] = [7, 4];

/** The records of a batch, by the decoder of kafkajs. */
export function readBatch(bytes: Buffer): readonly ReadRecord[] {
  const batch = {
    firstOffset: bytes.readBigInt64BE(0),
    firstTimestamp: bytes.readBigInt64BE(firstTimestampAt),
  };
  try {
    const plain = toPlain(bytes);
    const decoder = new Decoder(plain);
    decoder.offset = recordsAt;
    const records = Array.from({ length: bytes.readInt32BE(countAt) }, () => readRecord(decoder, batch));
    if (decoder.offset !== plain.length) {
      throw new RangeError('Something stands behind the last record');
    }
    return records;
  } catch {
    const facts = { offset: Number(batch.firstOffset), timestampMs: Number(batch.firstTimestamp) };
    return [{ ...facts, key: null, value: bytes, headers: {}, bodyBytes: bytes.length, isUnreadable: true }];
  }
}

/** As it would be without compression. */
export function toPlain(bytes: Buffer): Buffer {
  const codec = bytes.readInt16BE(attributesAt) & codecBits;
  return codec === zstd
    ? Buffer.concat([bytes.subarray(0, recordsAt), zstdDecompressSync(bytes.subarray(recordsAt))])
    : bytes;
}

function readRecord(decoder: Decoder, batch: Parameters<typeof decodeRecord>[1]): ReadRecord {
  const length = decoder.readVarInt();
  const from = decoder.offset;
  const whole = new Decoder(decoder.buffer.subarray(from, from + length));
  decoder.offset = from + length;
  const prefix = new Decoder(whole.buffer);
  prefix.readInt8();
  prefix.readVarLong();
  prefix.readVarInt();
  const { offset, timestamp, key, value, headers } = decodeRecord(whole, batch);
  if (whole.offset !== length || whole.buffer.length !== length) {
    throw new RangeError('A record is shorter or longer than it says');
  }
  return {
    ...{ offset: Number(offset), timestampMs: Number(timestamp), key, value },
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, String([text].flat().at(-1) ?? '')]),
    ),
    bodyBytes: length - prefix.offset,
  };
}
