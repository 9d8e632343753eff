import { SinkError } from '../../ports/sink.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { type ConnectionKeeper, createConnectionKeeper } from './connection-keeper.ts';
import { AdaptiveFlushLimits, awaitAnswer, gatherFlush, nextRetryAt, settleRequest } from './lane-request.ts';
import type { LaneConnection, LaneDeps, LaneFailure, LaneRequest, QueueSender } from './lane-store.ts';
import { PartitionQueue, type PartitionQueueOptions } from './partition-queue.ts';

/** How often it is looked at whether the trial of an open circuit is due. */
const trialIntervalMs = 50;

/**
 * A way to a store: queues, one connection, and at most one request in flight. Lanes share nothing, so one that gets no
 * answer holds up its own queues only.
 */
export class Lane<C extends LaneConnection, R extends string> implements QueueSender {
  readonly circuit: Circuit;
  readonly queues = new Set<PartitionQueue>();
  readonly #deps: LaneDeps<C, R>;
  readonly #keeper: ConnectionKeeper<C>;
  readonly #limits: AdaptiveFlushLimits;
  /** Its own, and those of the queues that stay with it. */
  readonly #circuits: Circuit[];
  #inFlight: LaneRequest<C> | undefined;
  #rotation = 0;
  #wasConnected = false;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #trials: NodeJS.Timeout | undefined;

  constructor(deps: LaneDeps<C, R>) {
    const { store, settings, clock, metrics, onChange } = deps;
    this.#deps = deps;
    this.#limits = new AdaptiveFlushLimits(settings);
    this.circuit = createCircuit({
      clock,
      settings: settings.circuit,
      onChange: (state, previous) => {
        if (state === 'open') {
          this.#failQueues();
          this.#awaitTrials();
        }
        store.onCircuitChange(state, previous);
        onChange();
      },
    });
    metrics.laneOpened(store.label);
    this.#circuits = [this.circuit];
    this.#keeper = createConnectionKeeper({
      store,
      circuit: this.circuit,
      settings,
      clock,
      metrics,
      onOpen: () => {
        this.#wasConnected = true;
        onChange();
        this.wakeUp();
      },
    });
  }

  /** Gives it a queue, which leaves the lane that it had. */
  adopt(queue: PartitionQueue): void {
    this.queues.add(queue);
    queue.assign(this);
  }

  /**
   * Gives it a new queue that stays with it, in a store that says nothing of its queues unless it is asked to store something:
   * after each wait of the queue's circuit the next record is the trial.
   */
  openQueue({
    topic,
    partition,
    name,
    onStop,
    onRecover,
  }: Pick<PartitionQueueOptions, 'topic' | 'partition' | 'name' | 'onStop' | 'onRecover'>): PartitionQueue {
    const { settings, clock, onChange } = this.#deps;
    const queue = new PartitionQueue({
      topic,
      partition,
      name,
      settings,
      clock,
      onOpen: () => this.#awaitTrials(),
      onStop,
      onRecover,
      onChange,
    });
    this.#circuits.push(queue.circuit);
    this.adopt(queue);
    return queue;
  }

  /** Sends once all sockets that are readable now were read: what arrived together goes out together. */
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

  /** What the last attempt to connect failed with; `undefined` once one succeeds. */
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

  /** A request has been in flight for longer than it should. */
  isSlow(): boolean {
    const { clock, settings } = this.#deps;
    return this.#inFlight !== undefined && clock.now() - this.#inFlight.startedAt >= settings.slowFlushMs;
  }

  /**
   * Puts batches of a slow request back, when another lane has their queue now.
   *
   * @returns how many records were put back
   */
  reclaimMoved(): number {
    let records = 0;
    if (this.isSlow()) {
      for (const batch of this.#inFlight?.batches ?? []) {
        const { queue, entries } = batch;
        if (!this.queues.has(queue) && queue.putBack(batch)) {
          records += entries.length;
          queue.sender?.wakeUp();
        }
      }
    }
    return records;
  }

  /** Connects again at once, because the connection should lead elsewhere. */
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
    const first = this.#rotation % Math.max(1, this.queues.size);
    const batches = gatherFlush([...this.queues], first, this.#limits.get(), now);
    if (batches.length > 0) {
      void this.#request({ connection, batches, startedAt: now });
    }
    this.#sendAt(nextRetryAt(this.queues, now), now);
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

  /** Puts back what the store did not settle. */
  #giveUp({ batches }: LaneRequest<C>, error: unknown): LaneFailure {
    const { store, clock, logger } = this.#deps;
    logger.error({ err: error }, `${store.name}: a request was given up, and its connection is replaced`);
    for (const batch of batches) {
      batch.queue.retry(batch, clock.now(), batch.queue.problem);
    }
    return 'timeout';
  }

  /**
   * Lets trials through when they are due. A new connection does so, too. But a circuit may open while a good one stands
   * already, or just comes up: the request that failed was on the one before.
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
      }, trialIntervalMs).unref();
    }
  }

  #failQueues(): void {
    for (const queue of this.queues) {
      queue.failAll(
        new SinkError('sink_unavailable', `${this.#deps.store.name} takes no records at present.`),
      );
    }
  }
}
