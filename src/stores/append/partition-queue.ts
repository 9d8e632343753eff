import { type RejectionReason, SinkError, type SinkRecord } from '../../ports/sink.ts';
import { Backoff, type BackoffRange } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { Circuit, type CircuitSettings } from './circuit.ts';
import { isAppendAwaited, type QueuedRecord } from './pending-appends.ts';
import { RejectedRecordSearch } from './rejected-record-search.ts';

/** Records of one partition that are sent together in one request. */
export interface QueuedBatch {
  readonly queue: PartitionQueue;
  readonly topic: string;
  readonly partition: number;
  readonly entries: readonly QueuedRecord[];
  readonly records: readonly SinkRecord[];
  readonly sizeBytes: number;
}

/** The methods of a lane that its queues use. */
export interface QueueSender {
  /**
   * Circuit of the connection. Each queue also has its own circuit. If both shared one, a queue that moves to a broken
   * lane would have to wait. In addition, a new connection would discard the errors that the store reported about a
   * queue.
   */
  readonly circuit: Circuit;
  /** Returns whether the sender has connected at least once and its circuit is not open. */
  isUsable(): boolean;
  /** Returns a human-readable reason why the store is unreachable, or `undefined` if the store is reachable. */
  problem(): string | undefined;
  /** Returns the time until which nothing is sent because the store has requested a pause, as a `Clock.now` value. */
  throttledUntil(): number;
  /** Schedules a send, because a queue has records. */
  wakeUp(): void;
}

export interface PartitionQueueOptions {
  readonly topic: string;
  readonly partition: number;
  /** Name of the queue in messages, capitalized for the start of a sentence. */
  readonly name: string;
  readonly settings: { readonly circuit: CircuitSettings; readonly retryDelayMs: BackoffRange };
  readonly clock: Clock;
  /**
   * Called each time the circuit opens, also after a failed trial request. The owner of the queue must then allow the
   * next trial request.
   */
  readonly onOpen: () => void;
  /** Called when a closed circuit opens. @param cause last error that the store reported for this queue, if any */
  readonly onStop: (cause: string | undefined) => void;
  /** Called when the circuit closes. */
  readonly onRecover: () => void;
}

/**
 * The records of one partition, in arrival order. At most one batch is in flight. A failed batch returns to the head
 * of the queue, so records with the same key keep their order across retries. Waiting records fail when the circuit
 * opens. Only methods of this class may modify its fields.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly circuit: Circuit;
  /** Maximum batch size in bytes that the topic allows. */
  maxBatchBytes = Number.POSITIVE_INFINITY;
  inFlight: QueuedBatch | undefined;
  /** Lane of the queue, or `undefined` while the partition has no leader. */
  sender: QueueSender | undefined;
  /** Earliest time of the next retry, as a `Clock.now` value. */
  notBefore = 0;
  /** Human-readable reason why the store did not store the last batch, or `undefined` if the last batch was stored. */
  problem: string | undefined;
  /**
   * Human-readable reason why a reachable store currently accepts no records, or `undefined` if the store accepts
   * records.
   */
  blocked: string | undefined;
  /** An array is fast enough, because removing a batch takes one `splice` and requeuing it takes one `concat`. */
  #entries: QueuedRecord[] = [];
  readonly #retryDelay: Backoff;
  readonly #search = new RejectedRecordSearch();

  constructor(options: PartitionQueueOptions) {
    const { topic, partition, name, settings, clock, onOpen, onStop, onRecover } = options;
    this.topic = topic;
    this.partition = partition;
    this.#retryDelay = new Backoff(settings.retryDelayMs);
    this.circuit = new Circuit({
      clock,
      settings: settings.circuit,
      onChange: (state, previous) => {
        if (state === 'open') {
          this.failAll(new SinkError('sink_unavailable', `${name} accepts no records.`));
          onOpen();
        }
        if (state === 'open' && previous === 'closed') {
          onStop(this.problem);
        } else if (state === 'closed') {
          onRecover();
        }
      },
    });
  }

  get length(): number {
    return this.#entries.length;
  }

  /**
   * Returns whether the queue accepts records: the queue is not blocked, and both its circuit and the circuit of its
   * lane are closed.
   */
  isAccepting(): boolean {
    return this.blocked === undefined && !this.circuit.isOpen() && !this.sender?.circuit.isOpen();
  }

  /** Returns whether the queue accepts records and its lane can send records. */
  isUsable(): boolean {
    return this.isAccepting() && this.sender?.isUsable() === true;
  }

  /** Moves the queue to another lane, which may send immediately. */
  assign(sender: QueueSender | undefined): void {
    this.sender = sender;
    this.notBefore = 0;
  }

  limitBatches(maxBytes: number): void {
    this.maxBatchBytes = maxBytes;
  }

  /** Fails all records of the queue and rejects new records with this reason. `undefined` unblocks the queue. */
  block(reason: string | undefined): void {
    this.blocked = reason;
    if (reason !== undefined) {
      const error = new SinkError('sink_unavailable', reason);
      this.failAll(error);
      // The store may still store the records in flight after the queue is unblocked, but the caller cannot wait for
      // that.
      for (const { append } of this.inFlight?.entries ?? []) {
        append.fail(error);
      }
    }
  }

  push(entry: QueuedRecord): void {
    this.#entries.push(entry);
    this.sender?.wakeUp();
  }

  isSendable(now: number): boolean {
    return this.inFlight === undefined && this.notBefore <= now && this.length > 0;
  }

  /** Takes the next batch, which is then in flight. @returns the batch, or `undefined` if no record is pending */
  take(maxRecords: number, maxBytes: number): QueuedBatch | undefined {
    const recordLimit = Math.min(maxRecords, this.#search.limit);
    const byteLimit = Math.min(maxBytes, this.maxBatchBytes);
    const entries: QueuedRecord[] = [];
    const records: SinkRecord[] = [];
    let sizeBytes = 0;
    let removedCount = 0;
    for (const entry of this.#entries) {
      if (entries.length >= recordLimit) {
        break;
      }
      if (isAppendAwaited(entry)) {
        if (entries.length > 0 && sizeBytes + entry.sizeBytes > byteLimit) {
          break;
        }
        entries.push(entry);
        records.push(entry.record);
        sizeBytes += entry.sizeBytes;
      }
      removedCount += 1;
    }
    this.#entries.splice(0, removedCount);
    this.#search.removed(removedCount - entries.length);
    if (entries.length === 0) {
      return undefined;
    }
    const { topic, partition } = this;
    this.inFlight = { queue: this, topic, partition, entries, records, sizeBytes };
    return this.inFlight;
  }

  /** Marks the records of a batch as stored, even if the batch has been requeued since it was sent. */
  commit(batch: QueuedBatch): void {
    for (const entry of batch.entries) {
      if (!entry.decided) {
        entry.decided = true;
        entry.append.stored();
      }
    }
    if (this.#release(batch)) {
      this.#retryDelay.reset();
      this.notBefore = 0;
      this.problem = undefined;
      this.#search.stored(batch.entries.length);
    }
    this.circuit.success();
  }

  /**
   * Requeues a batch that was not stored, or for which the outcome is unknown. The delay before the next attempt
   * grows.
   *
   * @param problem human-readable message from the store about this queue, or `undefined` if the connection caused
   * the failure
   * @returns false if the batch was already requeued
   */
  retry(batch: QueuedBatch, now: number, problem: string | undefined): boolean {
    this.problem = problem;
    const wasInFlight = this.requeue(batch);
    if (wasInFlight) {
      this.notBefore = now + this.#retryDelay.next();
    }
    return wasInFlight;
  }

  /** Returns the batch to the head of the queue without a delay. @returns false if the batch was already requeued */
  requeue(batch: QueuedBatch): boolean {
    const wasInFlight = this.#release(batch);
    if (wasInFlight) {
      const undecidedRecords = batch.entries.filter(isAppendAwaited);
      this.#search.removed(batch.entries.length - undecidedRecords.length);
      this.#entries = undecidedRecords.concat(this.#entries);
    }
    return wasInFlight;
  }

  /**
   * Handles a permanent rejection. If the batch has one record, that record is rejected. A larger batch is halved
   * repeatedly until the bad record is isolated.
   */
  reject(batch: QueuedBatch, reason: RejectionReason): void {
    const [only, ...others] = batch.entries;
    if (only === undefined || others.length > 0) {
      if (this.requeue(batch)) {
        this.#search.rejected(batch.entries.length);
      }
      return;
    }
    if (this.#release(batch)) {
      this.#search.removed(1);
    }
    if (!only.decided) {
      only.decided = true;
      only.append.rejected(only.index, reason);
    }
  }

  /** Handles a store that does not allow writes to the topic by failing all records and opening the circuit. */
  deny(batch: QueuedBatch, problem: string): void {
    this.problem = problem;
    this.requeue(batch);
    this.failAll(
      new SinkError('sink_unavailable', `The store does not allow writes to ${this.topic}: ${problem}`),
    );
    this.circuit.trip();
  }

  /** Fails all waiting records but leaves the batch in flight unchanged. */
  failAll(error: SinkError): void {
    const entries = this.#entries;
    this.#entries = [];
    for (const { append } of entries) {
      append.fail(error);
    }
  }

  purge(): void {
    this.#entries = this.#entries.filter(isAppendAwaited);
  }

  /**
   * Marks a batch as no longer in flight. @returns false if the batch was already requeued, in which case the queue
   * ignores the outcome
   */
  #release(batch: QueuedBatch): boolean {
    if (this.inFlight !== batch) {
      return false;
    }
    this.inFlight = undefined;
    return true;
  }
}
