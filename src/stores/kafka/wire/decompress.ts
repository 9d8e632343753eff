import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { uncompress as decompressSnappyBlock } from 'snappyjs';
import { decompressLz4 } from './decompress-lz4.ts';
import { WireReader } from './wire-reader.ts';

interface Codec {
  readonly name: string;
  readonly decompress: (data: Buffer) => Buffer;
}

/** By the number that stands in a record batch's attributes. Why these: docs/decisions/013-codecs.md */
const codecs: Readonly<Record<number, Codec>> = {
  1: { name: 'gzip', decompress: (data) => gunzipSync(data) },
  2: { name: 'snappy', decompress: decompressSnappy },
  3: { name: 'lz4', decompress: decompressLz4 },
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

/** librdkafka and others write one block without a frame. */
function decompressSnappy(data: Buffer): Buffer {
  if (!data.subarray(0, xerialMagic.length).equals(xerialMagic)) {
    return decompressSnappyBlock(data);
  }
  const reader = new WireReader(data, xerialHeaderBytes);
  const blocks: Buffer[] = [];
  while (reader.position < data.length) {
    blocks.push(decompressSnappyBlock(reader.bytes()));
  }
  return Buffer.concat(blocks);
}
