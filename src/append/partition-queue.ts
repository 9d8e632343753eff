import type { RejectionReason, SinkRecord } from '../sink/sink.ts';
import type { SinkError } from '../sink/sink-error.ts';
import type { Circuit } from './circuit.ts';
import type { PendingAppend } from './pending-append.ts';
import { RefusalSearch } from './refusal-search.ts';

export interface QueuedRecord {
  readonly record: SinkRecord;
  readonly append: PendingAppend;
  /** Index in its append. */
  readonly index: number;
  readonly sizeBytes: number;
  /** Its outcome is known. A record that was sent twice must count once. */
  decided: boolean;
}

/** Records of one partition that are under way together. */
export interface QueuedBatch {
  readonly queue: PartitionQueue;
  readonly topic: string;
  readonly partition: number;
  readonly entries: readonly QueuedRecord[];
  readonly records: readonly SinkRecord[];
  readonly sizeBytes: number;
}

/** Who sends a queue's records at present. */
export interface QueueCarrier {
  readonly circuit: Circuit;
  /** It has been connected, and has not been given up. */
  isUsable(): boolean;
  /** Why it cannot be reached, for a person; `undefined` when it can. */
  problem(): string | undefined;
  /** Epoch milliseconds before which nothing is sent: the store has asked for a pause. */
  heldUntil(): number;
  /** Sends what waits, soon. */
  pump(): void;
}

interface PartitionQueueDeps {
  readonly topic: string;
  readonly partition: number;
  readonly circuit: Circuit;
  readonly retryDelayMs: { readonly first: number; readonly last: number };
}

/**
 * The records of one partition in the order of their arrival. At most one batch is under way; a batch that failed goes
 * back to the head, so that the order of a key holds over any number of attempts.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly circuit: Circuit;
  /** The largest batch that the topic allows. */
  maxBatchBytes = Number.POSITIVE_INFINITY;
  inFlight: QueuedBatch | undefined;
  /** `undefined` while the partition has no leader. */
  carrier: QueueCarrier | undefined;
  /** Epoch milliseconds before which nothing is sent again. */
  notBefore = 0;
  /** Why the store did not take the last batch, for a person; `undefined` once it takes one. */
  problem: string | undefined;
  readonly #retryDelayMs: { readonly first: number; readonly last: number };
  #nextRetryDelayMs: number;
  #entries: QueuedRecord[] = [];
  #head = 0;
  readonly #search = new RefusalSearch();

  constructor({ topic, partition, circuit, retryDelayMs }: PartitionQueueDeps) {
    this.topic = topic;
    this.partition = partition;
    this.circuit = circuit;
    this.#retryDelayMs = retryDelayMs;
    this.#nextRetryDelayMs = retryDelayMs.first;
  }

  get length(): number {
    return this.#entries.length - this.#head;
  }

  /** Counted on demand: only the metrics ask. */
  sizeBytes(): number {
    let bytes = 0;
    for (let i = this.#head; i < this.#entries.length; i += 1) {
      bytes += this.#entries[i]?.sizeBytes ?? 0;
    }
    return bytes;
  }

  push(entry: QueuedRecord): void {
    this.#entries.push(entry);
  }

  isSendable(now: number): boolean {
    return this.inFlight === undefined && this.notBefore <= now && this.length > 0;
  }

  /** Takes the next batch, which is then in flight. `undefined` when nothing is left that someone waits for. */
  take(maxRecords: number, maxBytes: number): QueuedBatch | undefined {
    const entries: QueuedRecord[] = [];
    const records: SinkRecord[] = [];
    const recordLimit = Math.min(maxRecords, this.#search.limit);
    const byteLimit = Math.min(maxBytes, this.maxBatchBytes);
    let sizeBytes = 0;
    while (entries.length < recordLimit) {
      const entry = this.#entries[this.#head];
      if (entry === undefined) {
        break;
      }
      if (isWaitedFor(entry)) {
        if (entries.length > 0 && sizeBytes + entry.sizeBytes > byteLimit) {
          break;
        }
        entries.push(entry);
        records.push(entry.record);
        sizeBytes += entry.sizeBytes;
      } else {
        this.#search.left(1);
      }
      this.#head += 1;
    }
    this.#compact();
    if (entries.length === 0) {
      return undefined;
    }
    this.inFlight = {
      queue: this,
      topic: this.topic,
      partition: this.partition,
      entries,
      records,
      sizeBytes,
    };
    return this.inFlight;
  }

  /** The batch is stored; also good news when it comes after the batch was taken back. */
  commit(batch: QueuedBatch): void {
    for (const entry of batch.entries) {
      if (!entry.decided) {
        entry.decided = true;
        entry.append.stored();
      }
    }
    if (!this.#release(batch)) {
      return;
    }
    this.#nextRetryDelayMs = this.#retryDelayMs.first;
    this.notBefore = 0;
    this.problem = undefined;
    this.#search.stored(batch.entries.length);
  }

  /** Nobody knows whether the batch is stored: it goes back to the head. */
  putBack(batch: QueuedBatch): void {
    if (!this.#release(batch)) {
      return;
    }
    const undecided = batch.entries.filter(isWaitedFor);
    this.#search.left(batch.entries.length - undecided.length);
    this.#entries = undecided.concat(this.#entries.slice(this.#head));
    this.#head = 0;
  }

  /** Waits before the next attempt, longer each time until a batch is stored. @returns the wait */
  delayRetry(now: number): number {
    const delayMs = this.#nextRetryDelayMs;
    this.#nextRetryDelayMs = Math.min(delayMs * 2, this.#retryDelayMs.last);
    this.notBefore = now + delayMs;
    return delayMs;
  }

  /** The broker refused the batch for good: a single record is rejected, several are halved until the bad one is alone. */
  refuse(batch: QueuedBatch, reason: RejectionReason): void {
    const [only, ...others] = batch.entries;
    if (only !== undefined && others.length === 0) {
      if (this.#release(batch)) {
        this.#search.left(1);
      }
      if (!only.decided) {
        only.decided = true;
        only.append.refused(only.index, reason);
      }
      return;
    }
    const owned = this.inFlight === batch;
    this.putBack(batch);
    if (owned) {
      this.#search.refused(batch.entries.length);
    }
  }

  /** Fails all that wait; what is in flight is not touched. */
  failAll(error: SinkError): void {
    const entries = this.#entries;
    const head = this.#head;
    this.#entries = [];
    this.#head = 0;
    for (let i = head; i < entries.length; i += 1) {
      entries[i]?.append.fail(error);
    }
  }

  /** Forgets records that nobody waits for. */
  purge(): void {
    this.#entries = this.#entries.slice(this.#head).filter(isWaitedFor);
    this.#head = 0;
  }

  /** @returns false when the batch was taken back meanwhile: its outcome no longer matters to the queue. */
  #release(batch: QueuedBatch): boolean {
    if (this.inFlight !== batch) {
      return false;
    }
    this.inFlight = undefined;
    return true;
  }

  #compact(): void {
    if (this.#head === this.#entries.length) {
      this.#entries = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}

function isWaitedFor({ decided, append }: QueuedRecord): boolean {
  return !decided && !append.settled;
}
