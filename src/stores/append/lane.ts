import { SinkError } from '../../ports/sink.ts';
import { Circuit } from './circuit.ts';
import { ConnectionKeeper } from './connection-keeper.ts';
import {
  AdaptiveFlushLimits,
  awaitAnswer,
  collectBatches,
  findNextRetryTime,
  settleRequest,
} from './lane-request.ts';
import type { LaneConnection, LaneDeps, LaneFailure, LaneRequest } from './lane-store.ts';
import { PartitionQueue, type PartitionQueueOptions, type QueueSender } from './partition-queue.ts';

/** Interval in milliseconds at which the lane checks whether an open circuit may send a trial request. */
const circuitTrialIntervalMs = 50;

/**
 * A connection to a store with the queues that it serves, and at most one request in flight. Lanes share no state, so a
 * lane that receives no response delays only its own queues.
 */
export class Lane<C extends LaneConnection, R extends string> implements QueueSender {
  readonly circuit: Circuit;
  readonly queues = new Set<PartitionQueue>();
  readonly #deps: LaneDeps<C, R>;
  readonly #keeper: ConnectionKeeper<C>;
  readonly #limits: AdaptiveFlushLimits;
  /** Circuits of the lane and of the queues that `openQueue` created. */
  readonly #circuits: Circuit[];
  #inFlight: LaneRequest<C> | undefined;
  #rotation = 0;
  #wasConnected = false;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #trials: NodeJS.Timeout | undefined;

  constructor(deps: LaneDeps<C, R>) {
    const { store, settings, clock, metrics } = deps;
    this.#deps = deps;
    this.#limits = new AdaptiveFlushLimits(settings);
    this.circuit = new Circuit({
      clock,
      settings: settings.circuit,
      onChange: (state, previous) => {
        if (state === 'open') {
          this.#failQueues();
          this.#awaitTrials();
        }
        store.onCircuitChange(state, previous);
      },
    });
    metrics.laneOpened(store.label);
    this.#circuits = [this.circuit];
    this.#keeper = new ConnectionKeeper({
      store,
      circuit: this.circuit,
      settings,
      clock,
      metrics,
      onOpen: () => {
        this.#wasConnected = true;
        this.wakeUp();
      },
    });
  }

  adopt(queue: PartitionQueue): void {
    this.queues.add(queue);
    queue.assign(this);
  }

  /**
   * Creates a queue that stays with this lane permanently. It is used for stores that report the state of a queue only
   * in response to a record. After each delay of the open circuit, the next record is the trial request.
   */
  openQueue({
    topic,
    partition,
    name,
    onStop,
    onRecover,
  }: Pick<PartitionQueueOptions, 'topic' | 'partition' | 'name' | 'onStop' | 'onRecover'>): PartitionQueue {
    const { settings, clock } = this.#deps;
    const queue = new PartitionQueue({
      topic,
      partition,
      name,
      settings,
      clock,
      onOpen: () => this.#awaitTrials(),
      onStop,
      onRecover,
    });
    this.#circuits.push(queue.circuit);
    this.adopt(queue);
    return queue;
  }

  /** Sends after all currently readable sockets have been read, so that records that arrive together share a request. */
  wakeUp(): void {
    if (this.#immediate === undefined) {
      this.#immediate = setImmediate(() => {
        this.#immediate = undefined;
        this.#send();
      });
    }
  }

  problem(): string | undefined {
    return this.#keeper.problem();
  }

  /** Returns the error of the last connection attempt, or `undefined` if that attempt succeeded. */
  failure(): unknown {
    return this.#keeper.failure();
  }

  throttledUntil(): number {
    return this.#keeper.current()?.throttledUntil() ?? 0;
  }

  isUsable(): boolean {
    return this.#wasConnected && !this.circuit.isOpen();
  }

  isBusy(): boolean {
    return this.#inFlight !== undefined;
  }

  /** Whether a request has been in flight for at least `slowFlushMs`. */
  isSlow(): boolean {
    const { clock, settings } = this.#deps;
    return this.#inFlight !== undefined && clock.now() - this.#inFlight.startedAt >= settings.slowFlushMs;
  }

  /**
   * Called when queues have moved to another lane. If the request in flight is slow, requeues its batches of these
   * queues, so that the other lane sends them.
   *
   * @returns number of requeued records
   */
  reclaimMoved(): number {
    let records = 0;
    if (this.isSlow()) {
      for (const batch of this.#inFlight?.batches ?? []) {
        const { queue, entries } = batch;
        if (!this.queues.has(queue) && queue.requeue(batch)) {
          records += entries.length;
          queue.sender?.wakeUp();
        }
      }
    }
    return records;
  }

  /** Reconnects immediately, because the target of the connection has changed. */
  reconnect(): void {
    this.#keeper.reconnect();
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#trials);
    this.#keeper.close();
  }

  #send(): void {
    if (this.isBusy()) {
      return;
    }
    const connection = this.#keeper.current();
    if (connection === undefined) {
      return;
    }
    const now = this.#deps.clock.now();
    const throttledUntil = connection.throttledUntil();
    if (throttledUntil > now) {
      this.#sendAt(throttledUntil, now);
      return;
    }
    this.#rotation += 1;
    const firstQueueIndex = this.#rotation % Math.max(1, this.queues.size);
    const batches = collectBatches([...this.queues], firstQueueIndex, this.#limits.get(), now);
    if (batches.length > 0) {
      void this.#request({ connection, batches, startedAt: now });
    }
    this.#sendAt(findNextRetryTime(this.queues, now), now);
  }

  #sendAt(at: number | undefined, now: number): void {
    clearTimeout(this.#timer);
    if (at !== undefined) {
      this.#timer = setTimeout(() => this.#send(), at - now);
    }
  }

  async #request(request: LaneRequest<C>): Promise<void> {
    const { connection, batches, startedAt } = request;
    const { store, clock, settings } = this.#deps;
    this.#inFlight = request;
    let failure: LaneFailure | undefined;
    try {
      const isPaused = () => connection.throttledUntil() > clock.now();
      const outcome = await awaitAnswer(store.send(request), { giveUpMs: settings.giveUpMs, isPaused });
      settleRequest(request, outcome, this.#deps);
      failure = outcome.failure;
    } catch (error) {
      failure = this.#giveUp(request, error);
    }
    this.#inFlight = undefined;
    this.#limits.update(failure);
    if (failure === undefined) {
      this.#keeper.confirm();
      this.circuit.success();
    } else {
      this.circuit.failure(startedAt);
      this.#keeper.discard(connection, failure);
    }
    for (const { queue } of batches) {
      queue.sender?.wakeUp();
    }
    this.wakeUp();
  }

  /** Returns all batches of the request to their queues. The batches that already have an outcome are ignored. */
  #giveUp({ batches }: LaneRequest<C>, error: unknown): LaneFailure {
    const { store, clock, logger } = this.#deps;
    logger.error({ err: error }, `${store.name}: a request was abandoned, and its connection is replaced`);
    for (const batch of batches) {
      batch.queue.retry(batch, clock.now(), batch.queue.problem);
    }
    return 'timeout';
  }

  /**
   * Sends the trial requests of open circuits at a regular interval. It is not enough to send them when a new connection
   * opens, because a late failure on the previous connection may open a circuit after that.
   */
  #awaitTrials(): void {
    clearTimeout(this.#trials);
    if (this.#circuits.some((circuit) => circuit.isOpen())) {
      this.#trials = setTimeout(() => {
        if (this.#keeper.current() !== undefined) {
          for (const circuit of this.#circuits) {
            circuit.admitTrial();
          }
        }
        this.#awaitTrials();
      }, circuitTrialIntervalMs).unref();
    }
  }

  #failQueues(): void {
    for (const queue of this.queues) {
      queue.failAll(new SinkError('sink_unavailable', `${this.#deps.store.name} is unavailable.`));
    }
  }
}
