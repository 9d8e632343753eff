import { type CircuitState, createCircuit } from '../../append/circuit.ts';
import { gatherFlush, measure, nextRetryAt } from '../../append/gather-flush.ts';
import type { PartitionQueue, QueueCarrier, QueuedBatch } from '../../append/partition-queue.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { SinkError } from '../../sink/sink-error.ts';
import type { BrokerConnection, OpenBrokerConnection } from '../cluster/broker-connection.ts';
import { toConnectionError } from '../errors/connection-error.ts';
import { type BrokerAddress, formatBrokerAddress } from '../kafkajs/broker-address.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import { createLaneConnection } from './lane-connection.ts';
import type { RetryCause } from './produce-failure.ts';
import type { ProduceSettings } from './produce-settings.ts';
import { retryBatch, settleBatches } from './settle-batches.ts';

/**
 * A way to one broker: queues of partitions that it leads, one connection, and at most one produce request under way.
 * Lanes share nothing, so a broker that does not answer holds up its own partitions only.
 */
export interface Lane extends QueueCarrier {
  readonly broker: number;
  readonly queues: Set<PartitionQueue>;
  isBusy(): boolean;
  /** A request has been under way for longer than it should. */
  isSlow(): boolean;
  /** Takes batches back from a request that hangs, when another broker leads their partition now. */
  takeBackMoved(): void;
  moveTo(address: BrokerAddress): void;
  close(): void;
}

export interface LaneDeps {
  readonly broker: number;
  readonly address: BrokerAddress;
  readonly openConnection: OpenBrokerConnection;
  readonly settings: ProduceSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: KafkaSinkMetrics;
  readonly logger: Logger;
  /** Something failed that a move of leadership could explain. */
  readonly onTrouble: () => void;
  /** The circuit's state has changed. */
  readonly onCircuit: () => void;
  /** Whether the lane is usable may have changed. */
  readonly onChange: () => void;
}

export function createLane(deps: LaneDeps): Lane {
  const { broker, settings, clock, metrics, logger, onTrouble, onCircuit, onChange } = deps;
  const queues = new Set<PartitionQueue>();
  let address = deps.address;
  let wasConnected = false;
  let flush: { readonly batches: readonly QueuedBatch[]; readonly startedAt: number } | undefined;
  let rotation = 0;
  let cutsInRow = 0;
  let isThrottled = false;
  let immediate: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const circuit = createCircuit({ clock, settings: settings.circuit, onChange: circuitChanged });
  const connection = createLaneConnection({
    ...deps,
    circuit,
    onOpen() {
      wasConnected = true;
      onChange();
      pump();
    },
    onFailure: onTrouble,
  });

  function circuitChanged(state: CircuitState): void {
    if (state === 'open') {
      for (const queue of queues) {
        queue.failAll(
          new SinkError('sink_unavailable', `Kafka broker ${broker} takes no records at present.`),
        );
      }
    }
    onCircuit();
    onChange();
  }

  function pump(): void {
    // After all sockets that are readable now were read: what came together goes out together.
    if (immediate === undefined) {
      immediate = setImmediate(() => {
        immediate = undefined;
        send();
      });
    }
  }

  function send(): void {
    const link = connection.link();
    if (flush !== undefined || link === undefined || closed) {
      return;
    }
    const now = clock.now();
    const throttledUntil = link.throttledUntil();
    if (throttledUntil > now) {
      // What waits meanwhile goes out together, as far as its senders still wait.
      wakeAt(throttledUntil, now);
      return;
    }
    rotation += 1;
    // A request that the broker answers by cutting the connection may hold one record that it cannot bear.
    const share = 32 ** Math.min(2, Math.max(0, cutsInRow - 1));
    const limits = {
      maxRecords: Math.max(1, settings.maxFlushRecords / share),
      maxBytes: settings.maxFlushBytes / share,
    };
    const batches = gatherFlush([...queues], rotation % Math.max(1, queues.size), limits, now);
    if (batches.length > 0) {
      flush = { batches, startedAt: now };
      void produce(link, flush.batches, now);
    }
    wakeForRetries(now);
  }

  async function produce(
    link: BrokerConnection,
    batches: readonly QueuedBatch[],
    startedAt: number,
  ): Promise<void> {
    try {
      const answers = await link.produce(batches);
      cutsInRow = 0;
      noteThrottle(link);
      metrics.produced({ broker, ...measure(batches), durationSeconds: (clock.now() - startedAt) / 1000 });
      const { missing, stale } = settleBatches({ batches, answers, startedAt, clock, metrics, logger });
      if (missing) {
        metrics.answerCheckFailed();
        giveUp(link, 'answer_check', startedAt);
      } else {
        connection.confirm();
        circuit.success();
      }
      if (stale) {
        onTrouble();
      }
    } catch (error) {
      const { reason, message } = toConnectionError(error);
      cutsInRow += reason === 'connection' ? 1 : 0;
      logger.warn(
        { broker, address: formatBrokerAddress(address), reason },
        `kafka gave no answer: ${message}`,
      );
      for (const batch of batches) {
        retryBatch({ batch, cause: reason, clock, metrics });
      }
      giveUp(link, reason, startedAt);
    } finally {
      flush = undefined;
      for (const { queue } of batches) {
        queue.carrier?.pump();
      }
      pump();
    }
  }

  function giveUp(link: BrokerConnection, cause: RetryCause, startedAt: number): void {
    circuit.failure(startedAt);
    connection.discard(link, cause);
  }

  function noteThrottle(link: BrokerConnection): void {
    const throttleMs = link.throttledUntil() - clock.now();
    if (throttleMs > 0) {
      metrics.throttled(broker, throttleMs / 1000);
      const line = { broker, throttleMs };
      logger[isThrottled ? 'debug' : 'warn'](line, 'the quota of this client on a kafka broker is used up');
    }
    isThrottled = throttleMs > 0;
  }

  function wakeForRetries(now: number): void {
    wakeAt(nextRetryAt(queues, now), now);
  }

  function wakeAt(at: number | undefined, now: number): void {
    clearTimeout(timer);
    if (at !== undefined) {
      timer = setTimeout(send, at - now);
    }
  }

  function isSlow(): boolean {
    return flush !== undefined && clock.now() - flush.startedAt >= settings.slowFlushMs;
  }

  return {
    broker,
    circuit,
    queues,
    pump,
    problem: connection.problem,
    heldUntil: () => connection.link()?.throttledUntil() ?? 0,
    isUsable: () => wasConnected && !circuit.isOpen(),
    isBusy: () => flush !== undefined,
    isSlow,
    takeBackMoved() {
      if (!isSlow()) {
        return;
      }
      for (const batch of flush?.batches ?? []) {
        if (batch.queue.inFlight === batch && !queues.has(batch.queue)) {
          metrics.retried('leader_moved', batch.entries.length);
          batch.queue.putBack(batch);
          batch.queue.carrier?.pump();
        }
      }
    },
    moveTo(next) {
      address = next;
      connection.moveTo(next);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      connection.close();
    },
  };
}
