import { type Circuit, type CircuitState, createCircuit } from '../../append/circuit.ts';
import { gatherFlush, nextRetryAt } from '../../append/gather-flush.ts';
import type { PartitionQueue, QueueSender } from '../../append/partition-queue.ts';
import type { QueuedBatch } from '../../append/queued-batch.ts';
import { SinkError } from '../../sink/sink-error.ts';
import type { BrokerConnection, OpenBrokerConnection } from '../cluster/broker-connection.ts';
import { toConnectionError } from '../errors/connection-error.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import { AdaptiveFlushLimits } from './adaptive-flush-limits.ts';
import { createLaneConnection, type LaneConnection } from './lane-connection.ts';
import type { ProduceDeps } from './produce-deps.ts';
import { type ProduceOutcome, settleBatches } from './settle-batches.ts';

export interface LaneDeps extends ProduceDeps {
  readonly broker: number;
  readonly address: BrokerAddress;
  readonly openConnection: OpenBrokerConnection;
  readonly random: () => number;
  readonly onCircuitChange: () => void;
}

/**
 * A way to one broker: queues of partitions that it leads, one connection, and at most one produce request in flight.
 * Lanes share nothing, so a broker that does not answer holds up its own partitions only.
 */
export class Lane implements QueueSender {
  readonly broker: number;
  readonly circuit: Circuit;
  readonly queues = new Set<PartitionQueue>();
  readonly #deps: LaneDeps;
  readonly #connection: LaneConnection;
  readonly #limits: AdaptiveFlushLimits;
  #inFlight: { readonly batches: readonly QueuedBatch[]; readonly startedAt: number } | undefined;
  #rotation = 0;
  #wasConnected = false;
  #isThrottled = false;
  #isClosed = false;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: LaneDeps) {
    const { broker, settings, clock } = deps;
    this.broker = broker;
    this.#deps = deps;
    this.#limits = new AdaptiveFlushLimits(settings);
    this.circuit = createCircuit({
      clock,
      settings: settings.circuit,
      onChange: (state) => this.#onCircuitChange(state),
    });
    this.#connection = createLaneConnection({
      ...deps,
      circuit: this.circuit,
      onOpen: () => {
        this.#wasConnected = true;
        deps.onChange();
        this.wakeUp();
      },
      onFailure: deps.refreshView,
    });
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
    return this.#connection.problem();
  }

  throttledUntil(): number {
    return this.#connection.current()?.throttledUntil() ?? 0;
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

  /** Takes batches back from a slow request, when another lane has the queue of their partition now. */
  reclaimMoved(): void {
    if (!this.isSlow()) {
      return;
    }
    for (const batch of this.#inFlight?.batches ?? []) {
      const { queue, entries } = batch;
      if (!this.queues.has(queue) && queue.putBack(batch)) {
        this.#deps.metrics.retried('leader_moved', entries.length);
        queue.sender?.wakeUp();
      }
    }
  }

  moveTo(address: BrokerAddress): void {
    this.#connection.moveTo(address);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#connection.close();
  }

  #send(): void {
    const connection = this.#connection.current();
    if (this.isBusy() || connection === undefined || this.#isClosed) {
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
      void this.#produce(connection, batches, now);
    }
    this.#sendAt(nextRetryAt(this.queues, now), now);
  }

  #sendAt(at: number | undefined, now: number): void {
    clearTimeout(this.#timer);
    if (at !== undefined) {
      this.#timer = setTimeout(() => this.#send(), at - now);
    }
  }

  async #produce(
    connection: BrokerConnection,
    batches: readonly QueuedBatch[],
    startedAt: number,
  ): Promise<void> {
    this.#inFlight = { batches, startedAt };
    const answer = await connection.produce(batches).catch(toConnectionError);
    this.#inFlight = undefined;
    const { address } = connection;
    const outcome = settleBatches({ ...this.#deps, address, batches, answer, startedAt });
    this.#conclude(connection, outcome, startedAt);
    for (const { queue } of batches) {
      queue.sender?.wakeUp();
    }
    this.wakeUp();
  }

  #conclude(connection: BrokerConnection, { failure, stale }: ProduceOutcome, startedAt: number): void {
    this.#limits.update(failure);
    this.#reportThrottle(connection);
    if (failure === undefined) {
      this.#connection.confirm();
      this.circuit.success();
    } else {
      this.circuit.failure(startedAt);
      this.#connection.discard(connection, failure);
    }
    if (stale) {
      this.#deps.refreshView();
    }
  }

  #reportThrottle(connection: BrokerConnection): void {
    const { broker, clock, metrics, logger } = this.#deps;
    const throttleMs = connection.throttledUntil() - clock.now();
    if (throttleMs > 0) {
      metrics.throttled(broker, throttleMs / 1000);
      const level = this.#isThrottled ? 'debug' : 'warn';
      logger[level]({ broker, throttleMs }, 'the quota of this client on a kafka broker is used up');
    }
    this.#isThrottled = throttleMs > 0;
  }

  #onCircuitChange(state: CircuitState): void {
    if (state === 'open') {
      const message = `Kafka broker ${this.broker} takes no records at present.`;
      for (const queue of this.queues) {
        queue.failAll(new SinkError('sink_unavailable', message));
      }
    }
    this.#deps.onCircuitChange();
    this.#deps.onChange();
  }
}
