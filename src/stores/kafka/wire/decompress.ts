import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { BoundedOutput } from './bounded-output.ts';
import { decompressLz4 } from './decompress-lz4.ts';
import { WireReader } from './wire-reader.ts';

interface Codec {
  readonly name: string;
  readonly decompress: (data: Buffer) => Buffer;
}

/** By the number that stands in a record batch's attributes. Why these: docs/decisions/013-codecs.md */
const codecs: Readonly<Record<number, Codec>> = {
  1: { name: 'gzip', decompress: (data) => gunzipSync(data) },
  2: { name: 'snappy', decompress: (data) => decompressSnappy(data, Number.MAX_SAFE_INTEGER) },
  3: { name: 'lz4', decompress: (data) => decompressLz4(data, Number.MAX_SAFE_INTEGER) },
  4: { name: 'zstd', decompress: (data) => zstdDecompressSync(data) },
};

export function isKnownCodec(codec: number): boolean {
  return codec === 0 || codecs[codec] !== undefined;
}

/** @throws when the bytes are not what the codec writes, or the codec is not known */
export function decompress(data: Buffer, codec: number): Buffer {
  if (codec === 0) {
    return data;
  }
  const known = codecs[codec];
  if (known === undefined) {
    throw new Error(`A record batch is compressed with codec ${codec}, which is not known here`);
  }
  try {
    return known.decompress(data);
  } catch (cause) {
    throw new Error(`A record batch that is compressed with ${known.name} cannot be read`, { cause });
  }
}

/** The frame of snappy-java, which Kafka's own client uses, begins with this. Blocks follow, each after its length. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** Magic, version, oldest version that can read it. */
const xerialHeaderBytes = 16;

/**
 * librdkafka and others write one block without a frame.
 *
 * @throws RangeError for bytes that are no snappy; OutputBoundError when they become more than `maxBytes`
 */
export function decompressSnappy(data: Buffer, maxBytes: number): Buffer {
  const output = new BoundedOutput(maxBytes, data.length * 4);
  for (const block of listBlocks(data)) {
    decompressBlock(block, output);
  }
  return output.written();
}

function* listBlocks(data: Buffer): Generator<Buffer> {
  if (!data.subarray(0, xerialMagic.length).equals(xerialMagic)) {
    yield data;
    return;
  }
  const reader = new WireReader(data, xerialHeaderBytes);
  while (reader.position < data.length) {
    yield reader.bytes();
  }
}

/** @see https://github.com/google/snappy/blob/1.2.2/format_description.txt */
function decompressBlock(block: Buffer, output: BoundedOutput): void {
  const header = new WireReader(block);
  const end = output.length + header.unsigned();
  let at = header.position;

  function number(byteCount: number): number {
    at += byteCount;
    return block.readUIntLE(at - byteCount, byteCount);
  }

  while (at < block.length) {
    const tag = number(1);
    const rest = tag >>> 2;
    switch (tag & 3) {
      case 0: {
        const length = (rest < 60 ? rest : number(rest - 59)) + 1;
        output.copyFrom(block, at, length);
        at += length;
        break;
      }
      case 1:
        output.repeat(((tag >>> 5) << 8) + number(1), (rest & 7) + 4);
        break;
      default:
        output.repeat(number((tag & 3) === 2 ? 2 : 4), rest + 1);
    }
  }
  if (output.length !== end) {
    throw new RangeError('A snappy block is not as long as it says');
  }
}
