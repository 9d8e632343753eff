import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { decompress as decompressLz4Frame } from 'lz4js';
import { uncompress as decompressSnappyBlock } from 'snappyjs';

/** By the number that stands in a record batch's attributes. Why these packages: docs/decisions/013-codecs.md */
const codecs: Readonly<Record<number, { name: string; decompress: (data: Buffer) => Buffer }>> = {
  1: { name: 'gzip', decompress: (data) => gunzipSync(data) },
  2: { name: 'snappy', decompress: decompressSnappy },
  3: { name: 'lz4', decompress: decompressLz4 },
  4: { name: 'zstd', decompress: (data) => zstdDecompressSync(data) },
};

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

const lz4BlockChecksumFlag = 0x10;

function decompressLz4(data: Buffer): Buffer {
  // No Kafka client writes block checksums, and lz4js would take them for data.
  if (data.length > 4 && ((data[4] ?? 0) & lz4BlockChecksumFlag) !== 0) {
    throw new Error('An lz4 frame has checksums of its blocks, which cannot be read');
  }
  return toBuffer(decompressLz4Frame(data));
}

/** The frame of snappy-java, which Kafka's own client uses, begins with this. Blocks follow, each after its length. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** Magic, version, oldest version that can read it. */
const xerialHeaderBytes = 16;

/** librdkafka and others write one block without a frame. */
function decompressSnappy(data: Buffer): Buffer {
  if (!data.subarray(0, xerialMagic.length).equals(xerialMagic)) {
    return decompressSnappyBlock(data);
  }
  const blocks: Buffer[] = [];
  for (let at = xerialHeaderBytes; at < data.length; ) {
    const end = at + 4 + data.readInt32BE(at);
    if (end > data.length || end < at + 4) {
      throw new RangeError('A snappy block is longer than its batch');
    }
    blocks.push(decompressSnappyBlock(data.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
