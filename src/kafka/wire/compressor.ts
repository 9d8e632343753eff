import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compress as compressLz4Block } from 'lz4-wasm-nodejs';
import { compress as compressSnappyBlock } from 'snappyjs';

/** Compresses the records of a batch. */
export interface Compressor {
  /** The number that stands in a record batch's attributes. */
  readonly codec: number;
  readonly compress: (data: Buffer) => Uint8Array;
}

/**
 * Each works in the event loop, which a full request holds up for some 3 ms (docs/measurements/README.md#compression). Why these
 * packages: docs/decisions/013-codecs.md
 */
export const compressors = {
  // Level 1 takes a third of the time of the default for 4 % more bytes.
  gzip: { codec: 1, compress: (data) => gzipSync(data, { level: 1 }) },
  snappy: { codec: 2, compress: compressSnappy },
  lz4: { codec: 3, compress: compressLz4 },
  zstd: { codec: 4, compress: (data) => zstdCompressSync(data) },
} as const satisfies Readonly<Record<string, Compressor>>;

/** Magic, version 1, readable by version 1: the frame of snappy-java, which Kafka's Java clients read and write. */
const xerialHeader = Buffer.from('82534e41505059000000000100000001', 'hex');
const xerialBlockBytes = 32 * 1024;

function compressSnappy(data: Buffer): Buffer {
  const parts: Uint8Array[] = [xerialHeader];
  for (let at = 0; at < data.length; at += xerialBlockBytes) {
    const block = compressSnappyBlock(data.subarray(at, at + xerialBlockBytes));
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/**
 * Version 1, independent blocks of 64 KiB, no checksum but the header's own: as Kafka's Java client writes it.
 *
 * @see https://github.com/lz4/lz4/blob/v1.10.0/doc/lz4_Frame_format.md
 */
const lz4Header = Buffer.from('04224d18604082', 'hex');
const lz4BlockBytes = 64 * 1024;
const lz4EndMark = Buffer.alloc(4);
const lz4UncompressedBit = 0x8000_0000;
/** The package puts the length of the data before a block. */
const lz4PrefixBytes = 4;

function compressLz4(data: Buffer): Buffer {
  const parts: Uint8Array[] = [lz4Header];
  for (let at = 0; at < data.length; at += lz4BlockBytes) {
    const plain = data.subarray(at, at + lz4BlockBytes);
    const block = compressLz4Block(plain).subarray(lz4PrefixBytes);
    const length = Buffer.allocUnsafe(4);
    const isSmaller = block.length < plain.length;
    length.writeUInt32LE(isSmaller ? block.length : plain.length + lz4UncompressedBit);
    parts.push(length, isSmaller ? block : plain);
  }
  parts.push(lz4EndMark);
  return Buffer.concat(parts);
}
