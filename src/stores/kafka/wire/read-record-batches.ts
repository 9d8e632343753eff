import type { LogRecord } from '../../../filter/log-record.ts';
import { largestBatchBytes, leastBytesOfRecord, recordOverheadBytes } from './limits.ts';
import { type PartLimits, readBatchPart } from './read-large-batch.ts';
import { appendWholeBatch } from './read-whole-batch.ts';
import { type BatchHeader, findBatchEnd, isAbortMarker, readBatchHeader } from './record-batch.ts';

/** A producer's transaction that was aborted, and its first offset. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface ReadBatches {
  readonly records: readonly LogRecord[];
  /** Where to read on; the given offset when there was no whole batch. */
  readonly nextOffset: number;
  /** Epoch of the leader that wrote the last batch; −1 when there was no batch. */
  readonly lastEpoch: number;
}

export interface ReadPart extends ReadBatches {
  /** What the records take in memory, decompressed. */
  readonly heldBytes: number;
}

export interface ReadLimits {
  /** A part ends behind the batch with which its records have so many bytes, decompressed. */
  readonly maxBytes: number;
  /** A record of a large batch that is longer stands there as one that cannot be read. */
  readonly maxRecordBytes?: number;
}

/**
 * The committed records from an offset on, out of the record batches of a fetch answer, part by part: what is compressed can
 * become far more than it is. A last batch that the size limit has cut off is left out. A batch with the right checksum whose
 * records cannot be read is one record that says so: its producer wrote it so, and it would be the same at every reading.
 *
 * @throws from every method, when the bytes are no batch, are not those that were written, or are of a later version of Kafka
 */
export class RecordSetReader {
  readonly #set: Buffer;
  readonly #transactions: Iterator<AbortedTransaction, undefined>;
  #waiting: AbortedTransaction | undefined;
  readonly #aborted = new Set<bigint>();
  /** Where the next batch begins. */
  #at = 0;
  #nextOffset: number;
  #lastEpoch = -1;
  #largeAt = -1;

  constructor(set: Buffer, fromOffset: number, abortedTransactions: readonly AbortedTransaction[]) {
    this.#set = set;
    this.#nextOffset = fromOffset;
    this.#transactions = abortedTransactions.toSorted((a, b) => a.firstOffset - b.firstOffset).values();
    this.#waiting = this.#transactions.next().value;
  }

  /** Where the next part begins. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** No whole batch is left. */
  get isDone(): boolean {
    return findBatchEnd(this.#set, this.#at) === undefined;
  }

  /** The next batch is too large to be read whole: `readLarge` reads it. */
  get isAtLarge(): boolean {
    return this.#largeAt === this.#at;
  }

  /** The records of whole batches, up to the first one that alone has more than the limit. */
  read(limits: ReadLimits): ReadPart {
    const { maxBytes } = limits;
    const maxRecords = toMostRecords(maxBytes);
    const records: LogRecord[] = [];
    let byteCount = 0;
    for (;;) {
      const end = findBatchEnd(this.#set, this.#at);
      if (end === undefined || byteCount >= maxBytes || records.length >= maxRecords) {
        break;
      }
      const batch = this.#enter(end);
      if (this.#isWanted(batch)) {
        const whole = { maxBytes, maxRecords, fromOffset: this.#nextOffset };
        const bytes = this.isAtLarge
          ? undefined
          : appendWholeBatch(this.#set.subarray(this.#at, end), batch, whole, records);
        if (bytes === undefined) {
          this.#largeAt = this.#at;
          break;
        }
        byteCount += bytes;
      }
      this.#pass(batch, end);
    }
    return this.#toPart(records, byteCount);
  }

  /** The next records, of whole batches or of a part of one. */
  async readPart(limits: ReadLimits): Promise<ReadPart> {
    const read = this.read(limits);
    return read.records.length === 0 && this.isAtLarge ? this.readLarge(limits) : read;
  }

  /** The next records of the batch that stopped `read`. */
  async readLarge({ maxBytes, maxRecordBytes = largestBatchBytes }: ReadLimits): Promise<ReadPart> {
    const end = findBatchEnd(this.#set, this.#at) ?? this.#set.length;
    const batch = this.#enter(end);
    const limits: PartLimits = { maxBytes, maxRecords: toMostRecords(maxBytes), maxRecordBytes };
    const bytes = this.#set.subarray(this.#at, end);
    const part = await readBatchPart(bytes, batch, this.#nextOffset, limits);
    this.#nextOffset = part.nextOffset;
    this.#lastEpoch = batch.leaderEpoch;
    if (part.nextOffset > batch.lastOffset) {
      this.#pass(batch, end);
    }
    return this.#toPart(part.records, part.byteCount);
  }

  #toPart(records: readonly LogRecord[], byteCount: number): ReadPart {
    const heldBytes = byteCount + records.length * recordOverheadBytes;
    return { records, nextOffset: this.#nextOffset, lastEpoch: this.#lastEpoch, heldBytes };
  }

  #enter(end: number): BatchHeader {
    const batch = readBatchHeader(this.#set, this.#at, end);
    while (this.#waiting !== undefined && this.#waiting.firstOffset <= batch.lastOffset) {
      this.#aborted.add(this.#waiting.producerId);
      this.#waiting = this.#transactions.next().value;
    }
    return batch;
  }

  #isWanted({ isControl, isTransactional, producerId, lastOffset }: BatchHeader): boolean {
    const isAborted = isTransactional && this.#aborted.has(producerId);
    return !isControl && !isAborted && lastOffset >= this.#nextOffset;
  }

  #pass(batch: BatchHeader, end: number): void {
    // When Kafka's log cleaner removes a marker and its producer wrote nothing later, the empty batch stays.
    if (batch.isControl && batch.count > 0 && isAbortMarker(this.#set, this.#at)) {
      this.#aborted.delete(batch.producerId);
    }
    this.#nextOffset = Math.max(this.#nextOffset, batch.lastOffset + 1);
    this.#lastEpoch = batch.leaderEpoch;
    this.#at = end;
  }
}

function toMostRecords(maxBytes: number): number {
  return maxBytes / leastBytesOfRecord;
}
