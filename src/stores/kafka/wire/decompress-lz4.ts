import { GrowingOutput } from './growing-output.ts';

const magic = 0x184d2204;
const flags = { contentSize: 0x08, blockChecksum: 0x10 } as const;
const versionMask = 0xc0;
const version = 0x40;
const uncompressedBit = 0x8000_0000;
const checksumBytes = 4;
const shortestMatch = 4;
const longLength = 15;

/**
 * One frame. Its checksums are not looked at: the batch around it has one.
 *
 * @see https://github.com/lz4/lz4/blob/v1.10.0/doc/lz4_Frame_format.md
 * @throws RangeError for bytes that are no such frame
 */
export function decompressLz4(data: Buffer): Buffer {
  const output = new GrowingOutput(data.length * 4);
  const flag = data.readUInt8(4);
  if (data.readUInt32LE(0) !== magic || (flag & versionMask) !== version) {
    throw new RangeError('The bytes are no lz4 frame');
  }
  const betweenBlocks = (flag & flags.blockChecksum) === 0 ? 0 : checksumBytes;
  // Magic, flags, block size, perhaps the size of the content, checksum of the header.
  let at = (flag & flags.contentSize) === 0 ? 7 : 15;
  for (;;) {
    const size = data.readUInt32LE(at);
    at += 4;
    if (size === 0) {
      return output.written();
    }
    const end = at + (size % uncompressedBit);
    if (end > data.length) {
      throw new RangeError('An lz4 block is longer than its frame');
    }
    if (size >= uncompressedBit) {
      output.copyFrom(data, at, end - at);
    } else {
      decompressBlock(data.subarray(at, end), output);
    }
    at = end + betweenBlocks;
  }
}

/** @see https://github.com/lz4/lz4/blob/v1.10.0/doc/lz4_Block_format.md */
function decompressBlock(block: Buffer, output: GrowingOutput): void {
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
