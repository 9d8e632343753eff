import { type RejectionReason, SinkError, type SinkRecord } from '../../ports/sink.ts';
import { Backoff, type BackoffRange } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type Circuit, type CircuitSettings, createCircuit } from './circuit.ts';
import type { QueueSender } from './lane-store.ts';
import { isWaitedFor, type QueuedRecord } from './pending-appends.ts';
import { RejectionSearch } from './rejection-search.ts';

/** Records of one partition that are sent together. */
export interface QueuedBatch {
  readonly queue: PartitionQueue;
  readonly topic: string;
  readonly partition: number;
  readonly entries: readonly QueuedRecord[];
  readonly records: readonly SinkRecord[];
  readonly sizeBytes: number;
}

export interface PartitionQueueOptions {
  readonly topic: string;
  readonly partition: number;
  /** For messages, as the beginning of a sentence. */
  readonly name: string;
  readonly settings: { readonly circuit: CircuitSettings; readonly retryDelayMs: BackoffRange };
  readonly clock: Clock;
  /** Its circuit opened, for the first time or after a trial. Who made the queue lets trials through. */
  readonly onOpen: () => void;
  /** Its circuit opened for the first time. @param cause the store's last word on it, if there was one */
  readonly onStop: (cause: string | undefined) => void;
  /** Its circuit closed again. */
  readonly onRecover: () => void;
  readonly onChange: () => void;
}

/**
 * The records of one partition in the order of their arrival. At most one batch is in flight. A batch that failed goes
 * back to the head, so the order of a key holds over any number of attempts. What waits fails when its circuit opens. Its
 * methods alone write its fields.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly circuit: Circuit;
  /** The largest batch that the topic allows. */
  maxBatchBytes = Number.POSITIVE_INFINITY;
  inFlight: QueuedBatch | undefined;
  /** `undefined` while the partition has no leader. */
  sender: QueueSender | undefined;
  /** The `Clock.now` before which nothing is sent again. */
  notBefore = 0;
  /** Why the store did not take the last batch, for a person; `undefined` once it takes one. */
  problem: string | undefined;
  /** Why nothing may be given to the store at present though it is reached, for a person; `undefined` when it may. */
  blocked: string | undefined;
  /** No deque: a batch leaves by one `splice`, and comes back by one `concat`. */
  #entries: QueuedRecord[] = [];
  readonly #retryDelay: Backoff;
  readonly #search = new RejectionSearch();

  constructor(options: PartitionQueueOptions) {
    const { topic, partition, name, settings, clock, onOpen, onStop, onRecover, onChange } = options;
    this.topic = topic;
    this.partition = partition;
    this.#retryDelay = new Backoff(settings.retryDelayMs);
    this.circuit = createCircuit({
      clock,
      settings: settings.circuit,
      onChange: (state, previous) => {
        if (state === 'open') {
          this.failAll(new SinkError('sink_unavailable', `${name} takes no records.`));
          onOpen();
        }
        if (state === 'open' && previous === 'closed') {
          onStop(this.problem);
        } else if (state === 'closed') {
          onRecover();
        }
        onChange();
      },
    });
  }

  get length(): number {
    return this.#entries.length;
  }

  /** It is not blocked, and neither its own circuit nor that of its sender is open. */
  isAccepting(): boolean {
    return this.blocked === undefined && !this.circuit.isOpen() && !this.sender?.circuit.isOpen();
  }

  /** What is pushed now can be sent. */
  isUsable(): boolean {
    return this.isAccepting() && this.sender?.isUsable() === true;
  }

  /** Gives it to another sender, which may send at once. */
  assign(sender: QueueSender | undefined): void {
    this.sender = sender;
    this.notBefore = 0;
  }

  limitBatches(maxBytes: number): void {
    this.maxBatchBytes = maxBytes;
  }

  /** Refuses records for this reason, until it is `undefined`. All that it has fails. */
  block(reason: string | undefined): void {
    this.blocked = reason;
    if (reason !== undefined) {
      const error = new SinkError('sink_unavailable', reason);
      this.failAll(error);
      // They may be stored when the reason is gone; nobody can wait for that.
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

  /** Takes the next batch, which is then in flight. `undefined` when nothing is left that someone waits for. */
  take(maxRecords: number, maxBytes: number): QueuedBatch | undefined {
    const recordLimit = Math.min(maxRecords, this.#search.limit);
    const byteLimit = Math.min(maxBytes, this.maxBatchBytes);
    const entries: QueuedRecord[] = [];
    const records: SinkRecord[] = [];
    let sizeBytes = 0;
    let passed = 0;
    for (const entry of this.#entries) {
      if (entries.length >= recordLimit) {
        break;
      }
      if (isWaitedFor(entry)) {
        if (entries.length > 0 && sizeBytes + entry.sizeBytes > byteLimit) {
          break;
        }
        entries.push(entry);
        records.push(entry.record);
        sizeBytes += entry.sizeBytes;
      }
      passed += 1;
    }
    this.#entries.splice(0, passed);
    this.#search.removed(passed - entries.length);
    if (entries.length === 0) {
      return undefined;
    }
    const { topic, partition } = this;
    this.inFlight = { queue: this, topic, partition, entries, records, sizeBytes };
    return this.inFlight;
  }

  /** The batch is stored. This counts even after the batch was put back. */
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
   * Nobody knows whether the batch is stored, or it is not stored yet: it is sent again, after a wait that grows.
   *
   * @param problem the store's word on this queue, for a person; `undefined` when the connection is to blame
   * @returns false when the batch was put back before
   */
  retry(batch: QueuedBatch, now: number, problem: string | undefined): boolean {
    this.problem = problem;
    const isOwn = this.putBack(batch);
    if (isOwn) {
      this.notBefore = now + this.#retryDelay.next();
    }
    return isOwn;
  }

  /** Puts the batch back to the head, to be sent again at once. @returns false when it was put back before */
  putBack(batch: QueuedBatch): boolean {
    const isOwn = this.#release(batch);
    if (isOwn) {
      const undecided = batch.entries.filter(isWaitedFor);
      this.#search.removed(batch.entries.length - undecided.length);
      this.#entries = undecided.concat(this.#entries);
    }
    return isOwn;
  }

  /** The store rejected the batch for good. A single record is rejected; several are halved until the bad one is alone. */
  reject(batch: QueuedBatch, reason: RejectionReason): void {
    const [only, ...others] = batch.entries;
    if (only === undefined || others.length > 0) {
      if (this.putBack(batch)) {
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

  /** Nothing can be stored here, which does not pass by itself. */
  deny(batch: QueuedBatch, problem: string): void {
    this.problem = problem;
    this.putBack(batch);
    this.failAll(
      new SinkError('sink_unavailable', `The store does not allow writing to ${this.topic}: ${problem}`),
    );
    this.circuit.trip();
  }

  /** Fails all that wait. What is in flight is not touched. */
  failAll(error: SinkError): void {
    const entries = this.#entries;
    this.#entries = [];
    for (const { append } of entries) {
      append.fail(error);
    }
  }

  /** Drops records that nobody waits for. */
  purge(): void {
    this.#entries = this.#entries.filter(isWaitedFor);
  }

  /** @returns false when the batch is no longer in flight: it was put back, and its outcome does not matter to the queue. */
  #release(batch: QueuedBatch): boolean {
    if (this.inFlight !== batch) {
      return false;
    }
    this.inFlight = undefined;
    return true;
  }
}
