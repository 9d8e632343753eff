import { type Sink, SinkError } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { Lane } from '../append/lane.ts';
import { defaultLaneSettings, type LaneSettings } from '../append/lane-store.ts';
import type { PartitionQueue, QueuedBatch } from '../append/partition-queue.ts';
import type { TopicPair } from '../append/queue-set.ts';
import { createQueuedSink } from '../append/queued-sink.ts';
import { classifyResult, type RabbitMqMetrics, type RabbitMqRetryCause } from './classify-result.ts';
import { startDurabilityWatch } from './durability-watch.ts';
import { nameTarget, type PublishTarget } from './publish-target.ts';
import {
  MessageLimits,
  PublisherConnection,
  type PublisherSettings,
  type PublishResult,
} from './publisher-connection.ts';
import type { RabbitMqAccess, RabbitMqServer } from './rabbitmq-access.ts';
import { isFinal, toRabbitMqError } from './rabbitmq-error.ts';

export interface RabbitMqSettings extends LaneSettings, PublisherSettings {
  readonly durabilityCheckMs: number;
}

export const defaultRabbitMqSettings: RabbitMqSettings = {
  ...defaultLaneSettings,
  connectTimeoutMs: 2_000,
  answerTimeoutMs: 2_000,
  confirmTimeoutMs: 3_000,
  heartbeatSeconds: 5,
  durabilityCheckMs: 60_000,
};

interface RabbitMqSinkDeps extends Omit<PlaceDeps, 'onChange' | 'random'> {
  /** Every topic that records may name. */
  readonly targets: ReadonlyMap<string, readonly PublishTarget[]>;
  readonly pairs: readonly TopicPair[];
  readonly random?: () => number;
}

/** Stores records on RabbitMQ. What is acknowledged was confirmed by its queue, and was not returned. */
export function createRabbitMqSink({ targets, random = Math.random, ...deps }: RabbitMqSinkDeps): Sink {
  return createQueuedSink({
    ...deps,
    connect(onChange) {
      const places = [...targets].map(
        ([topic, own]) =>
          [
            topic,
            own.map((target, index) => createPlace(topic, index, target, { ...deps, random, onChange })),
          ] as const,
      );
      const watch = startDurabilityWatch({ ...deps, targets });
      return {
        topics: new Map(
          places.map(([topic, own]) => [
            topic,
            { queues: own.map(({ queue }) => queue), judgement: () => watch.judgement(topic) },
          ]),
        ),
        queueWord: 'queue',
        isFinal: () => places.some(([, own]) => own.some((place) => isFinal(place.failure()))),
        close() {
          watch.stop();
          for (const place of places.flatMap(([, own]) => own)) {
            place.close();
          }
        },
      };
    },
  });
}

interface PlaceDeps {
  readonly access: RabbitMqAccess;
  readonly settings: RabbitMqSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: RabbitMqMetrics;
  readonly onChange: () => void;
}

/** A queue or an exchange that records are published to, with a connection of its own: one that hangs holds up no other. */
interface Place {
  readonly queue: PartitionQueue;
  /** What the last attempt to connect failed with; `undefined` once one succeeds. */
  failure(): unknown;
  close(): void;
}

function createPlace(topic: string, partition: number, target: PublishTarget, deps: PlaceDeps): Place {
  const { access, settings, clock, random, logger, metrics, onChange } = deps;
  const name = nameTarget(target);
  const limits = new MessageLimits(clock);
  let blockTimer: NodeJS.Timeout | undefined;
  let nextServer = Math.floor(random() * 1_000);

  /** An alarm that passes soon costs a wait only. One that lasts refuses deliveries at once. */
  function onBlock(reason: string | undefined): void {
    clearTimeout(blockTimer);
    if (reason !== undefined) {
      logger.warn({ target: target.name, reason }, 'rabbitmq has blocked the connection');
      blockTimer = setTimeout(() => setBlocked(reason), settings.circuit.openAfterMs);
    } else {
      setBlocked(undefined);
      lane.wakeUp();
    }
  }

  function setBlocked(reason: string | undefined): void {
    queue.blocked = reason && `RabbitMQ has blocked publishing to ${name}: ${reason}`;
    if (queue.blocked !== undefined) {
      logger.error({ target: target.name }, queue.blocked);
      const error = new SinkError('sink_unavailable', queue.blocked);
      queue.failAll(error);
      // They may be stored when the alarm is over; nobody can wait for that.
      for (const { append } of queue.inFlight?.entries ?? []) {
        append.fail(error);
      }
    }
    onChange();
  }

  async function chooseServer(): Promise<RabbitMqServer> {
    const servers = await access.readServers(settings.connectTimeoutMs);
    nextServer += 1;
    return servers[nextServer % servers.length] as RabbitMqServer;
  }

  const lane = new Lane<PublisherConnection, PublishResult, RabbitMqRetryCause>({
    name: `RabbitMQ (${name})`,
    label: target.name,
    settings,
    clock,
    random,
    logger,
    onChange,
    openConnection: () => new PublisherConnection({ chooseServer, target, settings, clock, limits, onBlock }),
    // The one queue gives one batch at a time.
    send: ({ connection, batches: [batch] }) => connection.publish(batch?.records ?? []),
    classify: ({ batches: [batch] }, result) =>
      classifyResult(batch as QueuedBatch, result, { target, logger }),
    reportConnectError(error, isFirst) {
      const { reason, message } = toRabbitMqError(error);
      logger[isFirst ? 'warn' : 'debug'](
        { target: target.name, reason },
        `cannot publish to rabbitmq: ${message}`,
      );
      return message;
    },
    metrics,
    onCircuitChange: (state) => metrics.circuitChanged(target.name, state),
  });
  const queue = lane.openQueue({
    topic,
    partition,
    name,
    onStop: (cause) =>
      logger.error({ target: target.name, cause }, 'rabbitmq takes no messages: deliveries are refused'),
    onRecover: () => logger.info({ target: target.name }, 'rabbitmq takes messages again'),
  });

  return {
    queue,
    failure: () => lane.failure(),
    close() {
      clearTimeout(blockTimer);
      lane.close();
    },
  };
}
