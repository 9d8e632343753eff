import { gzipSync, zstdCompressSync } from 'node:zlib';

/** Compresses the records of a batch. */
export interface Compressor {
  /** The number that stands in a record batch's attributes. */
  readonly codec: number;
  readonly compress: (data: Buffer) => Uint8Array;
}

/**
 * Each works in the event loop, which a full request holds up for some 3 ms (docs/measurements/README.md#compression). Why no
 * others: docs/decisions/013-codecs.md
 */
export const compressors = {
  // Level 1 takes a third of the time of the default for 4 % more bytes.
  gzip: { codec: 1, compress: (data) => gzipSync(data, { level: 1 }) },
  zstd: { codec: 4, compress: (data) => zstdCompressSync(data) },
} as const satisfies Readonly<Record<string, Compressor>>;
