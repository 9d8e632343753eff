import type { LogRecord } from '../../../filter/log-record.ts';
import { toError } from '../../../runtime/errors.ts';
import { decompress } from './compression.ts';
import {
  type BatchHeader,
  findBatchEnd,
  headerBytes,
  isAbortMarker,
  readBatchHeader,
  toRecordBase,
  toUnreadable,
} from './record-batch.ts';
import { WireReader } from './wire-reader.ts';
import { readWireRecord } from './wire-record.ts';

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

/** What stands for a record in memory beside its bytes while it is worked on. */
const recordOverheadBytes = 512;

/**
 * The committed records from an offset on, out of the record batches of a fetch answer, part by part: what is compressed can
 * become far more than it is, and a batch is read as a whole. A last batch that the size limit has cut off is left out. A batch with the right checksum whose
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

  /** The records of whole batches, up to the one with which they have so many bytes, decompressed. */
  read(maxBytes: number): ReadPart {
    const records: LogRecord[] = [];
    let byteCount = 0;
    for (;;) {
      const end = findBatchEnd(this.#set, this.#at);
      if (end === undefined || byteCount >= maxBytes) {
        break;
      }
      const batch = this.#enter(end);
      if (this.#isWanted(batch)) {
        const bytes = this.#set.subarray(this.#at, end);
        byteCount += appendWholeBatch(bytes, batch, this.#nextOffset, records);
      }
      this.#pass(batch, end);
    }
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

/**
 * Appends the records of a batch from an offset on. One of which only the first records can be read has none, but a record
 * that says so.
 *
 * @returns how many bytes they have, decompressed
 */
function appendWholeBatch(bytes: Buffer, batch: BatchHeader, fromOffset: number, into: LogRecord[]): number {
  const before = into.length;
  try {
    const data = decompress(bytes.subarray(headerBytes), batch.compression);
    appendRecords(data, batch, fromOffset, into);
    return data.length;
  } catch (error) {
    into.length = before;
    into.push(toUnreadable(bytes, batch, toError(error)));
    return bytes.length;
  }
}

function appendRecords(data: Buffer, batch: BatchHeader, fromOffset: number, into: LogRecord[]): void {
  const reader = new WireReader(data);
  const base = toRecordBase(batch);
  for (let left = batch.count; left > 0; left -= 1) {
    const record = readWireRecord(data, reader, base);
    if (record.offset < batch.baseOffset || record.offset > batch.lastOffset) {
      throw new RangeError('A record has an offset outside its batch');
    }
    if (record.offset >= fromOffset) {
      into.push(record);
    }
  }
}
