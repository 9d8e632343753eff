import type { LogRecord } from '../../../filter/log-record.ts';
import { toError } from '../../../runtime/errors.ts';
import { decompressInPieces } from './decompress.ts';
import { largestBatchBytes } from './limits.ts';
import { type BatchHeader, headerBytes, toRecordBase, toUnreadable } from './record-batch.ts';
import { WireReader } from './wire-reader.ts';
import { readWireRecord } from './wire-record.ts';

/** Where the reading of a batch ends, and what is not read of it. */
export interface PartLimits {
  readonly maxBytes: number;
  readonly maxRecords: number;
  /** A longer record stands there as one that cannot be read. */
  readonly maxRecordBytes: number;
}

export interface BatchPart {
  readonly records: readonly LogRecord[];
  /** Behind the batch, when this is its last part. */
  readonly nextOffset: number;
  readonly byteCount: number;
}

/** Bytes before the key of a record: length, attributes, time and offset as varints. */
const longestHeadBytes = 31;

/**
 * A part of a batch whose records are too many to be held together, from an offset on. They are decompressed piece by piece,
 * and those before the offset once more: a part should have some mebibytes.
 *
 * What cannot be read is one record at the place of the first that cannot, which stands for the rest of the batch. The
 * records of the parts before have been read then.
 */
export async function readBatchPart(
  bytes: Buffer,
  batch: BatchHeader,
  fromOffset: number,
  limits: PartLimits,
): Promise<BatchPart> {
  const walk = new BatchWalk(bytes, batch, fromOffset, limits);
  try {
    for await (const piece of decompressInPieces(bytes.subarray(headerBytes), batch.compression)) {
      walk.add(piece);
      if (walk.isOver) {
        break;
      }
    }
    walk.end();
  } catch (error) {
    walk.fail(toError(error));
  }
  return walk;
}

/** Goes over the records of a batch as their bytes arrive. */
class BatchWalk implements BatchPart {
  readonly records: LogRecord[] = [];
  nextOffset: number;
  byteCount = 0;
  readonly #bytes: Buffer;
  readonly #batch: BatchHeader;
  readonly #fromOffset: number;
  readonly #limits: PartLimits;
  readonly #base: ReturnType<typeof toRecordBase>;
  /** The pieces of the record that has begun. */
  #parts: Buffer[] = [];
  #heldBytes = 0;
  #neededBytes = 1;
  #skippedBytes = 0;
  #left: number;
  #lastOffset: number;
  #total = 0;

  constructor(bytes: Buffer, batch: BatchHeader, fromOffset: number, limits: PartLimits) {
    this.#bytes = bytes;
    this.#batch = batch;
    this.#fromOffset = fromOffset;
    this.#limits = limits;
    this.#base = toRecordBase(batch);
    this.#left = batch.count;
    this.#lastOffset = batch.baseOffset - 1;
    this.nextOffset = fromOffset;
  }

  /** Enough was read, or nothing more is there. */
  get isOver(): boolean {
    const { maxBytes, maxRecords } = this.#limits;
    return this.#left === 0 || this.byteCount >= maxBytes || this.records.length >= maxRecords;
  }

  add(piece: Buffer): void {
    this.#total += piece.length;
    if (this.#total > largestBatchBytes) {
      throw new RangeError(`The decompressed bytes are more than ${largestBatchBytes}`);
    }
    const skipped = Math.min(this.#skippedBytes, piece.length);
    this.#skippedBytes -= skipped;
    const rest = piece.subarray(skipped);
    this.#parts.push(rest);
    this.#heldBytes += rest.length;
    if (this.#heldBytes >= this.#neededBytes) {
      this.#readRecords(this.#parts.length === 1 ? rest : Buffer.concat(this.#parts));
    }
  }

  /** @throws RangeError when the bytes end before the records do */
  end(): void {
    if (this.isOver) {
      this.nextOffset = this.#left === 0 ? this.#batch.lastOffset + 1 : this.#lastOffset + 1;
      return;
    }
    throw new RangeError(`The batch ends before ${this.#left} of its records`);
  }

  fail(error: Error): void {
    const at = Math.max(this.#fromOffset, this.#lastOffset + 1);
    this.#push(toUnreadable(this.#bytes, this.#batch, Math.min(at, this.#batch.lastOffset), error));
    this.nextOffset = this.#batch.lastOffset + 1;
  }

  #readRecords(data: Buffer): void {
    let at = 0;
    while (at < data.length && !this.isOver) {
      const next = this.#readRecord(data, at);
      if (next === undefined) {
        break;
      }
      at = next;
    }
    this.#skippedBytes += Math.max(0, at - data.length);
    const rest = data.subarray(Math.min(at, data.length));
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#heldBytes = rest.length;
    this.#neededBytes = Math.max(this.#neededBytes, rest.length + 1);
  }

  /** @returns where the next record begins; `undefined` when more of this one is needed */
  #readRecord(data: Buffer, at: number): number | undefined {
    const head = readHead(data, at);
    this.#neededBytes = 1;
    if (head === undefined) {
      return undefined;
    }
    const { end, bodyBytes } = head;
    const offset = this.#batch.baseOffset + head.offsetDelta;
    if (offset <= this.#lastOffset || offset > this.#batch.lastOffset) {
      throw new RangeError('The offsets of a batch do not go up, or lead out of it');
    }
    const isWanted = offset >= this.#fromOffset;
    const isTooLong = bodyBytes > this.#limits.maxRecordBytes;
    if (isWanted && !isTooLong) {
      if (end > data.length) {
        this.#neededBytes = end - at;
        return undefined;
      }
      this.#push(readWireRecord(data, new WireReader(data, at), this.#base));
    } else if (isWanted) {
      const { maxRecordBytes } = this.#limits;
      const failure = new RangeError(
        `The record at offset ${offset} has ${bodyBytes} bytes, decompressed, more than ${maxRecordBytes}`,
      );
      this.#push(toUnreadable(this.#bytes, this.#batch, offset, failure));
    }
    this.#lastOffset = offset;
    this.#left -= 1;
    return end;
  }

  #push(record: LogRecord): void {
    this.records.push(record);
    this.byteCount += record.body.length;
  }
}

/** Where a record ends, and which offset it has; `undefined` when its first bytes are not all there. */
function readHead(data: Buffer, at: number) {
  const reader = new WireReader(data, at);
  try {
    const length = reader.varint();
    const end = reader.position + length;
    if (length < 0) {
      throw new RangeError('A record is shorter than nothing');
    }
    reader.skip(1); // attributes
    reader.varint(); // time
    const offsetDelta = reader.varint();
    return { end, offsetDelta, bodyBytes: end - reader.position };
  } catch (error) {
    if (data.length - at < longestHeadBytes) {
      return undefined;
    }
    throw error;
  }
}
