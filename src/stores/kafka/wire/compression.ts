import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { uncompress as decompressSnappyBlock } from 'snappyjs';
import { decompressLz4 } from './decompress-lz4.ts';
import { WireReader } from './wire-reader.ts';

export interface Compressor {
  /** Number that identifies the codec in the attributes of a record batch. */
  readonly codec: number;
  readonly compress: (data: Buffer) => Uint8Array;
}

/**
 * Compressors by name. A compressor runs synchronously, so a full request blocks the event loop for about 3 ms
 * (docs/proof.md#compression). For the choice of codecs, see docs/decisions/010-kafka.md#codecs-and-checksums.
 */
export const compressors = {
  // Level 1 takes a third of the time of the default level, and its output is 4 % larger.
  gzip: { codec: 1, compress: (data) => gzipSync(data, { level: 1 }) },
  zstd: { codec: 4, compress: (data) => zstdCompressSync(data) },
} as const satisfies Readonly<Record<string, Compressor>>;

interface Codec {
  readonly name: string;
  readonly decompress: (data: Buffer) => Buffer;
}

/**
 * Codecs by their number in the attributes of a record batch. For the choice of codecs, see
 * docs/decisions/010-kafka.md#codecs-and-checksums.
 */
const codecs: Readonly<Record<number, Codec>> = {
  1: { name: 'gzip', decompress: (data) => gunzipSync(data) },
  2: { name: 'snappy', decompress: decompressSnappy },
  3: { name: 'lz4', decompress: decompressLz4 },
  4: { name: 'zstd', decompress: (data) => zstdDecompressSync(data) },
};

export function isKnownCodec(codec: number): boolean {
  return codec === 0 || codecs[codec] !== undefined;
}

/**
 * Decompresses data.
 *
 * @throws if the codec is unknown or the data is invalid for the codec
 */
export function decompress(data: Buffer, codec: number): Buffer {
  if (codec === 0) {
    return data;
  }
  const knownCodec = codecs[codec];
  if (knownCodec === undefined) {
    throw new Error(`A record batch is compressed with the unknown codec ${codec}`);
  }
  try {
    return knownCodec.decompress(data);
  } catch (cause) {
    throw new Error(`A record batch that is compressed with ${knownCodec.name} cannot be decompressed`, {
      cause,
    });
  }
}

/** First bytes of a snappy-java frame, which the Kafka Java client writes. Blocks follow, each prefixed by its length. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** Size in bytes of the magic bytes, the version, and the oldest compatible version. */
const xerialHeaderBytes = 16;

/** Decompresses a snappy-java frame, or a single block without a frame as written by librdkafka and other clients. */
function decompressSnappy(data: Buffer): Buffer {
  if (!data.subarray(0, xerialMagic.length).equals(xerialMagic)) {
    return decompressSnappyBlock(data);
  }
  const reader = new WireReader(data, xerialHeaderBytes);
  const snappyBlocks: Buffer[] = [];
  while (reader.position < data.length) {
    snappyBlocks.push(decompressSnappyBlock(reader.bytes()));
  }
  return Buffer.concat(snappyBlocks);
}
