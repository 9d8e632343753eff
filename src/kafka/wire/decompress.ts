import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { decompressLz4 } from './decompress-lz4.ts';
import { decompressSnappy } from './decompress-snappy.ts';
import { largestBatchBytes } from './limits.ts';

/** What is compressed can become far more than it is: beyond so many bytes all of these throw. */
const options = { maxOutputLength: largestBatchBytes };

/** By the number that stands in a record batch's attributes. Why these: docs/decisions/013-codecs.md */
const codecs: Readonly<Record<number, { name: string; decompress: (data: Buffer) => Buffer }>> = {
  1: { name: 'gzip', decompress: (data) => gunzipSync(data, options) },
  2: { name: 'snappy', decompress: (data) => decompressSnappy(data, largestBatchBytes) },
  3: { name: 'lz4', decompress: (data) => decompressLz4(data, largestBatchBytes) },
  4: { name: 'zstd', decompress: (data) => zstdDecompressSync(data, options) },
};

export function isKnownCodec(codec: number): boolean {
  return codec === 0 || codecs[codec] !== undefined;
}

/** @throws when the bytes are not what the codec writes, become too many, or the codec is not known */
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
