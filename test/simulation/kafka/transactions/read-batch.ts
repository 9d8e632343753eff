import { zstdDecompressSync } from 'node:zlib';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0/decoder.js';

export interface ReadRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Stored size of key, value and headers. */
  readonly bodyBytes: number;
  /** Set if the record represents an unreadable batch. The value of the record then contains the bytes of the batch. */
  readonly isUnreadable?: true;
}

const [attributesAt, firstTimestampAt, countAt, recordsAt] = [21, 27, 57, 61];
const [codecBits, zstd] = [7, 4];

/** Decodes the records of a batch with the decoder of kafkajs. */
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

/** Returns the batch in uncompressed form. */
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
