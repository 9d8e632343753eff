const lz4MagicNumber = 0x184d2204;
const lz4FrameFlags = { contentSize: 0x08, blockChecksum: 0x10 } as const;
const versionMask = 0xc0;
const lz4FrameVersion = 0x40;
const uncompressedBit = 0x8000_0000;
const checksumBytes = 4;
const minMatchLength = 4;
const extendedLengthMarker = 15;

/**
 * Decompresses one lz4 frame. The checksums of the frame are ignored, because the record batch has its own checksum.
 *
 * @see https://github.com/lz4/lz4/blob/v1.10.0/doc/lz4_Frame_format.md
 * @throws RangeError if the bytes are not a valid frame
 */
export function decompressLz4(data: Buffer): Buffer {
  const output = new GrowableOutput(data.length * 4);
  const flag = data.readUInt8(4);
  if (data.readUInt32LE(0) !== lz4MagicNumber || (flag & versionMask) !== lz4FrameVersion) {
    throw new RangeError('The bytes are not an lz4 frame');
  }
  const blockChecksumBytes = (flag & lz4FrameFlags.blockChecksum) === 0 ? 0 : checksumBytes;
  // The header consists of magic bytes, flags, a block size, an optional content size and a header checksum.
  let at = (flag & lz4FrameFlags.contentSize) === 0 ? 7 : 15;
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
    at = end + blockChecksumBytes;
  }
}

/** @see https://github.com/lz4/lz4/blob/v1.10.0/doc/lz4_Block_format.md */
function decompressBlock(block: Buffer, output: GrowableOutput): void {
  let at = 0;

  function readLength(start: number): number {
    let length = start;
    if (start === extendedLengthMarker) {
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
    const literalLength = readLength(token >>> 4);
    output.copyFrom(block, at, literalLength);
    at += literalLength;
    // The last sequence of a block contains literals but no match.
    if (at < block.length) {
      const distance = block.readUInt16LE(at);
      at += 2;
      output.repeat(distance, readLength(token & extendedLengthMarker) + minMatchLength);
    }
  }
}

/** Maximum length in bytes for which a loop is faster than a call into the runtime. */
const maxBytewiseCopy = 32;

/** If the buffer is larger than the output by more than this factor, the output is copied into a smaller buffer. */
const maxUnusedCapacityFactor = 1.1;

/**
 * Growing buffer for the output of a decompressor. It copies ranges of the input and of the previous output.
 *
 * @throws RangeError for a range that does not exist
 */
class GrowableOutput {
  #bytes: Buffer;
  #length = 0;

  constructor(firstBytes: number) {
    this.#bytes = Buffer.allocUnsafe(firstBytes);
  }

  /**
   * Returns the whole output in a buffer that is barely larger than the output, because `ReadMemoryLimiter` counts only the
   * output length.
   */
  written(): Buffer {
    const writtenBytes = this.#bytes.subarray(0, this.#length);
    return this.#length * maxUnusedCapacityFactor < this.#bytes.length
      ? Buffer.from(writtenBytes)
      : writtenBytes;
  }

  copyFrom(input: Buffer, from: number, length: number): void {
    if (from + length > input.length) {
      throw new RangeError('The compressed bytes end too early');
    }
    this.#ensure(length);
    const bytes = this.#bytes;
    if (length > maxBytewiseCopy) {
      input.copy(bytes, this.#length, from, from + length);
    } else {
      for (let i = 0; i < length; i += 1) {
        bytes[this.#length + i] = input[from + i] as number;
      }
    }
    this.#length += length;
  }

  /** Appends a copy of the output that starts `distance` bytes before the end. The range may overlap the appended bytes. */
  repeat(distance: number, length: number): void {
    if (distance < 1 || distance > this.#length) {
      throw new RangeError(
        'The compressed data is invalid: it refers to bytes before the start of the output',
      );
    }
    this.#ensure(length);
    const bytes = this.#bytes;
    const end = this.#length + length;
    if (length <= maxBytewiseCopy) {
      for (let at = this.#length; at < end; at += 1) {
        bytes[at] = bytes[at - distance] as number;
      }
      this.#length = end;
      return;
    }
    // Each round can copy twice as much as the previous round, because the repeated output has doubled.
    for (let copyDistance = distance; this.#length < end; copyDistance *= 2) {
      const copyLength = Math.min(copyDistance, end - this.#length);
      const sourceStart = this.#length - copyDistance;
      bytes.copyWithin(this.#length, sourceStart, sourceStart + copyLength);
      this.#length += copyLength;
    }
  }

  #ensure(length: number): void {
    const requiredCapacity = this.#length + length;
    if (requiredCapacity > this.#bytes.length) {
      const grownBuffer = Buffer.allocUnsafe(Math.max(requiredCapacity, this.#bytes.length * 2));
      this.#bytes.copy(grownBuffer, 0, 0, this.#length);
      this.#bytes = grownBuffer;
    }
  }
}
