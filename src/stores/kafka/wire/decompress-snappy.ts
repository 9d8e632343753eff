import { BoundedOutput } from './bounded-output.ts';
import { WireReader } from './wire-reader.ts';

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
export function* decompressSnappyInPieces(data: Buffer, maxBlockBytes: number): Generator<Buffer> {
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
