import type { LogRecord } from '../../../filter/log-record.ts';
import { toError } from '../../../runtime/errors.ts';
import { decompress } from './compression.ts';
import {
  type BatchHeader,
  findBatchEnd,
  headerBytes,
  isAbortMarker,
  readBatchHeader,
  toRecordBaseValues,
  toUnreadableRecord,
} from './record-batch.ts';
import { WireReader } from './wire-reader.ts';
import { readWireRecord } from './wire-record.ts';

/** An aborted transaction: its producer and its first offset. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface DecodedBatches {
  readonly records: readonly LogRecord[];
  /** The offset to continue from, which is the start offset if the set contains no complete batch. */
  readonly nextOffset: number;
  /** Epoch of the leader that wrote the last batch, or −1 if there was no batch. */
  readonly lastEpoch: number;
}

export interface PartialRecordSet extends DecodedBatches {
  /** Memory in bytes that the decompressed records occupy. */
  readonly memoryBytes: number;
}

/** Estimated memory in bytes for each record during processing, in addition to its own bytes. */
const recordOverheadBytes = 512;

/**
 * Reads the committed records, starting at an offset, from the record batches of a Fetch response. Each call reads only
 * some of the batches, because decompressed records can take far more memory. A batch is always read as a whole, and an
 * incomplete last batch is skipped.
 *
 * If a batch has a valid checksum but unreadable records, it becomes one record that contains the error. The producer
 * wrote the batch that way, so every later read would fail too.
 *
 * @throws from every method if the bytes are not a batch, are damaged, or have the format of a later Kafka version
 */
export class RecordSetReader {
  readonly #set: Buffer;
  readonly #transactions: Iterator<AbortedTransaction, undefined>;
  #waiting: AbortedTransaction | undefined;
  readonly #aborted = new Set<bigint>();
  /** Position in the record set at which the next batch begins. */
  #at = 0;
  #nextOffset: number;
  #lastEpoch = -1;

  constructor(set: Buffer, fromOffset: number, abortedTransactions: readonly AbortedTransaction[]) {
    this.#set = set;
    this.#nextOffset = fromOffset;
    this.#transactions = abortedTransactions.toSorted((a, b) => a.firstOffset - b.firstOffset).values();
    this.#waiting = this.#transactions.next().value;
  }

  /** Offset at which the next call of `read` begins. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** Returns whether no complete batch remains. */
  get isDone(): boolean {
    return findBatchEnd(this.#set, this.#at) === undefined;
  }

  /** Reads complete batches until their decompressed size reaches `maxBytes`. The last batch may exceed this limit. */
  read(maxBytes: number): PartialRecordSet {
    const records: LogRecord[] = [];
    let byteCount = 0;
    for (;;) {
      const end = findBatchEnd(this.#set, this.#at);
      if (end === undefined || byteCount >= maxBytes) {
        break;
      }
      const batch = this.#enterBatch(end);
      if (this.#isWanted(batch)) {
        const bytes = this.#set.subarray(this.#at, end);
        byteCount += appendDecodedBatch(bytes, batch, this.#nextOffset, records);
      }
      this.#leaveBatch(batch, end);
    }
    const usedMemoryBytes = byteCount + records.length * recordOverheadBytes;
    return {
      records,
      nextOffset: this.#nextOffset,
      lastEpoch: this.#lastEpoch,
      memoryBytes: usedMemoryBytes,
    };
  }

  #enterBatch(end: number): BatchHeader {
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

  #leaveBatch(batch: BatchHeader, end: number): void {
    // A control batch may be empty, because the log cleaner removes the marker but keeps the last batch of a
    // producer.
    if (batch.isControl && batch.count > 0 && isAbortMarker(this.#set, this.#at)) {
      this.#aborted.delete(batch.producerId);
    }
    this.#nextOffset = Math.max(this.#nextOffset, batch.lastOffset + 1);
    this.#lastEpoch = batch.leaderEpoch;
    this.#at = end;
  }
}

/**
 * Appends the records of a batch, starting at an offset. If any record of the batch is unreadable, appends one record
 * that contains the error instead.
 *
 * @returns the decompressed size in bytes
 */
function appendDecodedBatch(
  bytes: Buffer,
  batch: BatchHeader,
  fromOffset: number,
  into: LogRecord[],
): number {
  const previousLength = into.length;
  try {
    const data = decompress(bytes.subarray(headerBytes), batch.compression);
    appendRecords(data, batch, fromOffset, into);
    return data.length;
  } catch (error) {
    into.length = previousLength;
    into.push(toUnreadableRecord(bytes, batch, toError(error)));
    return bytes.length;
  }
}

function appendRecords(data: Buffer, batch: BatchHeader, fromOffset: number, into: LogRecord[]): void {
  const reader = new WireReader(data);
  const baseValues = toRecordBaseValues(batch);
  for (let recordsLeft = batch.count; recordsLeft > 0; recordsLeft -= 1) {
    const record = readWireRecord(data, reader, baseValues);
    if (record.offset < batch.baseOffset || record.offset > batch.lastOffset) {
      throw new RangeError('A record has an offset outside its batch');
    }
    if (record.offset >= fromOffset) {
      into.push(record);
    }
  }
}
