import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { OutputBoundError } from './bounded-output.ts';
import { decompressLz4, decompressLz4InPieces } from './decompress-lz4.ts';
import { decompressSnappy, decompressSnappyInPieces } from './decompress-snappy.ts';
import { largestBatchBytes } from './limits.ts';

type Pieces = Iterable<Buffer> | AsyncIterable<Buffer>;

interface Codec {
  readonly name: string;
  /** @throws when they become more than `maxBytes` */
  readonly whole: (data: Buffer, maxBytes: number) => Buffer;
  readonly pieces: (data: Buffer) => Pieces;
}

const chunkSize = 128 * 1024;

/** By the number that stands in a record batch's attributes. Why these: docs/decisions/013-codecs.md */
const codecs: Readonly<Record<number, Codec>> = {
  1: {
    name: 'gzip',
    whole: (data, maxOutputLength) => gunzipSync(data, { maxOutputLength }),
    pieces: (data) => streamThrough(createGunzip({ chunkSize }), data),
  },
  2: {
    name: 'snappy',
    whole: decompressSnappy,
    pieces: (data) => decompressSnappyInPieces(data, largestBatchBytes),
  },
  3: { name: 'lz4', whole: decompressLz4, pieces: decompressLz4InPieces },
  4: {
    name: 'zstd',
    whole: (data, maxOutputLength) => zstdDecompressSync(data, { maxOutputLength }),
    pieces: (data) => streamThrough(createZstdDecompress({ chunkSize }), data),
  },
};

export function isKnownCodec(codec: number): boolean {
  return codec === 0 || codecs[codec] !== undefined;
}

/**
 * What is compressed can become far more than it is.
 *
 * @returns `undefined` when the bytes become more than `maxBytes`
 * @throws when the bytes are not what the codec writes, or the codec is not known
 */
export function decompress(
  data: Buffer,
  codec: number,
  maxBytes: number = largestBatchBytes,
): Buffer | undefined {
  if (codec === 0) {
    return data;
  }
  const known = findCodec(codec);
  try {
    return known.whole(data, maxBytes);
  } catch (error) {
    if (isBeyondBound(error)) {
      return undefined;
    }
    throw toUnreadable(known, error);
  }
}

/**
 * The same without ever holding all of it: a piece is made when it is asked for.
 *
 * @throws as `decompress`, behind the pieces that could be made
 */
export async function* decompressInPieces(data: Buffer, codec: number): AsyncGenerator<Buffer> {
  if (codec === 0) {
    yield data;
    return;
  }
  const known = findCodec(codec);
  try {
    yield* known.pieces(data);
  } catch (error) {
    throw toUnreadable(known, error);
  }
}

function findCodec(codec: number): Codec {
  const known = codecs[codec];
  if (known === undefined) {
    throw new Error(`A record batch is compressed with codec ${codec}, which is not known here`);
  }
  return known;
}

function toUnreadable({ name }: Codec, cause: unknown): Error {
  return new Error(`A record batch that is compressed with ${name} cannot be read`, { cause });
}

function isBeyondBound(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof OutputBoundError || code === 'ERR_BUFFER_TOO_LARGE';
}

function streamThrough(stream: Transform, data: Buffer): AsyncIterable<Buffer> {
  stream.end(data);
  return stream;
}
