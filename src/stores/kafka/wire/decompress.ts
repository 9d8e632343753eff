import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { BoundedOutput, OutputBoundError } from './bounded-output.ts';
import { decompressLz4, decompressLz4InPieces } from './decompress-lz4.ts';
import { largestBatchBytes } from './limits.ts';
import { WireReader } from './wire-reader.ts';

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

/** The same block by block, which know nothing of each other: each of them may become `maxBlockBytes`. */
function* decompressSnappyInPieces(data: Buffer, maxBlockBytes: number): Generator<Buffer> {
  for (const block of listBlocks(data)) {
    const output = new BoundedOutput(maxBlockBytes, block.length * 4);
    decompressBlock(block, output);
    yield output.written();
  }
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
