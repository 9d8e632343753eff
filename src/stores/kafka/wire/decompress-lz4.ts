import { BoundedOutput } from './bounded-output.ts';

const magic = 0x184d2204;
const flags = { contentSize: 0x08, blockChecksum: 0x10 } as const;
const versionMask = 0xc0;
const version = 0x40;
/** By the number in the frame's second byte. */
const blockSizes: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };
const uncompressedBit = 0x8000_0000;
const checksumBytes = 4;
const shortestMatch = 4;
const longLength = 15;
/** So far back a block may refer to what the blocks before it have written. */
const windowBytes = 1 << 16;
const largestBlockBytes = 1 << 22;

/**
 * One frame. Its checksums are not looked at: the batch around it has one.
 *
 * @see https://github.com/lz4/lz4/blob/v1.10.0/doc/lz4_Frame_format.md
 * @throws RangeError for bytes that are no such frame; OutputBoundError when they become more than `maxBytes`
 */
export function decompressLz4(data: Buffer, maxBytes: number): Buffer {
  const output = new BoundedOutput(maxBytes, data.length * 4);
  const blocks = decompressBlocks(data, output);
  while (blocks.next().done === false) {
    // All blocks stay in the output.
  }
  return output.written();
}

/** The same block by block, however many bytes they become together. */
export function* decompressLz4InPieces(data: Buffer): Generator<Buffer> {
  const output = new BoundedOutput(windowBytes + largestBlockBytes, 4 * windowBytes);
  const blocks = decompressBlocks(data, output);
  while (blocks.next().done === false) {
    yield output.take(windowBytes);
  }
}

/** Gives the turn back after each block. */
function* decompressBlocks(data: Buffer, output: BoundedOutput): Generator<void> {
  const flag = data.readUInt8(4);
  const blockBytes = blockSizes[(data.readUInt8(5) >> 4) & 7];
  if (data.readUInt32LE(0) !== magic || (flag & versionMask) !== version || blockBytes === undefined) {
    throw new RangeError('The bytes are no lz4 frame');
  }
  const betweenBlocks = (flag & flags.blockChecksum) === 0 ? 0 : checksumBytes;
  // Magic, flags, block size, perhaps the size of the content, checksum of the header.
  let at = (flag & flags.contentSize) === 0 ? 7 : 15;
  for (;;) {
    const size = data.readUInt32LE(at);
    at += 4;
    if (size === 0) {
      return;
    }
    const end = at + (size % uncompressedBit);
    if (end > data.length) {
      throw new RangeError('An lz4 block is longer than its frame');
    }
    const before = output.length;
    if (size >= uncompressedBit) {
      output.copyFrom(data, at, end - at);
    } else {
      decompressBlock(data.subarray(at, end), output);
    }
    if (output.length - before > blockBytes) {
      throw new RangeError('An lz4 block is larger than its frame says');
    }
    at = end + betweenBlocks;
    yield;
  }
}

/** @see https://github.com/lz4/lz4/blob/v1.10.0/doc/lz4_Block_format.md */
function decompressBlock(block: Buffer, output: BoundedOutput): void {
  let at = 0;

  function readLength(start: number): number {
    let length = start;
    if (start === longLength) {
      let byte = 255;
      while (byte === 255) {
        byte = block.readUInt8(at);
        at += 1;
        length += byte;
      }
    }
    return length;
  }

  while (at < block.length) {
    const token = block.readUInt8(at);
    at += 1;
    const literals = readLength(token >>> 4);
    output.copyFrom(block, at, literals);
    at += literals;
    // The last sequence has no match.
    if (at < block.length) {
      const distance = block.readUInt16LE(at);
      at += 2;
      output.repeat(distance, readLength(token & longLength) + shortestMatch);
    }
  }
}
