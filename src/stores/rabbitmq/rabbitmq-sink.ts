import type { Sink } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { Lane } from '../append/lane.ts';
import { defaultLaneSettings, type LaneSettings, type LaneStore } from '../append/lane-store.ts';
import type { QueuedBatch } from '../append/partition-queue.ts';
import type { EventsAndDeadLetterTopics, QueuedStore } from '../append/queue-set.ts';
import { createQueuedSink } from '../append/queued-sink.ts';
import { classifyResult, type RabbitMqMetrics, type RabbitMqRetryCause } from './classify-result.ts';
import { startDurabilityWatch } from './durability-watch.ts';
import { formatTarget, type PublishTarget } from './publish-target.ts';
import { PublisherConnection, type PublisherSettings } from './publisher-connection.ts';
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

export interface RabbitMqSinkDeps {
  readonly access: RabbitMqAccess;
  /** Targets of each topic to which records may be sent. */
  readonly targets: ReadonlyMap<string, readonly PublishTarget[]>;
  readonly pairs: readonly EventsAndDeadLetterTopics[];
  readonly settings: RabbitMqSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RabbitMqMetrics;
}

/** Creates a sink that publishes records to RabbitMQ. A record is acknowledged if it is confirmed and not returned. */
export function createRabbitMqSink(deps: RabbitMqSinkDeps): Sink {
  const { clock, metrics, pairs } = deps;
  return createQueuedSink({ clock, metrics, pairs, connect: () => connectTargets(deps) });
}

function connectTargets(deps: RabbitMqSinkDeps): QueuedStore {
  const { access, targets, settings, logger, metrics } = deps;
  const targetLanes = [...targets].map(
    ([topic, own]) =>
      [topic, own.map((target, index) => openTargetLane(topic, index, target, deps))] as const,
  );
  const durabilityWatch = startDurabilityWatch({ access, targets, settings, logger, metrics });
  return {
    topics: new Map(
      targetLanes.map(([topic, own]) => [
        topic,
        { queues: own.map(({ queue }) => queue), validation: () => durabilityWatch.validation(topic) },
      ]),
    ),
    queueWord: 'queue',
    isFinal: () => targetLanes.some(([, own]) => own.some((lane) => isFinal(lane.failure()))),
    close() {
      durabilityWatch.stop();
      for (const lane of targetLanes.flatMap(([, own]) => own)) {
        lane.close();
      }
    },
  };
}

/** Opens a queue or an exchange with a separate connection, so that an unresponsive connection cannot delay other targets. */
function openTargetLane(
  topic: string,
  partition: number,
  target: PublishTarget,
  { access, settings, clock, logger, metrics }: RabbitMqSinkDeps,
) {
  const name = formatTarget(target);
  let blockTimer: NodeJS.Timeout | undefined;
  let nextServerIndex = Math.floor(Math.random() * 1_000);

  /**
   * Called when the server raises or clears a resource alarm. Records wait during a short alarm. If the alarm lasts
   * longer, the queue rejects records immediately.
   */
  function setBlockReason(reason: string | undefined): void {
    clearTimeout(blockTimer);
    if (reason !== undefined) {
      logger.warn({ target: target.name, reason }, 'rabbitmq has blocked the connection');
      blockTimer = setTimeout(() => updateBlockedState(reason), settings.circuit.openAfterMs);
    } else {
      updateBlockedState(undefined);
      lane.wakeUp();
    }
  }

  function updateBlockedState(reason: string | undefined): void {
    const problem = reason && `RabbitMQ has blocked publishing to ${name}: ${reason}`;
    if (problem !== undefined) {
      logger.error({ target: target.name }, problem);
    }
    queue.block(problem);
  }

  async function chooseServer(): Promise<RabbitMqServer> {
    const servers = await access.readServers(settings.connectTimeoutMs);
    nextServerIndex += 1;
    return servers[nextServerIndex % servers.length] as RabbitMqServer;
  }

  const store: LaneStore<PublisherConnection, RabbitMqRetryCause> = {
    name: `RabbitMQ (${name})`,
    label: target.name,
    openConnection: () =>
      new PublisherConnection({ chooseServer, target, settings, clock, onBlock: setBlockReason }),
    async send({ connection, batches }) {
      // A lane with a single queue sends only one batch in each request.
      const batch = batches[0] as QueuedBatch;
      return classifyResult(batch, await connection.publish(batch.records), { target, logger });
    },
    reportConnectError(error, isFirst) {
      const { reason, message } = toRabbitMqError(error);
      logger[isFirst ? 'warn' : 'debug'](
        { target: target.name, reason },
        `cannot publish to rabbitmq: ${message}`,
      );
      return message;
    },
    // The lane reopens the connection automatically.
    onDisconnect: () => {},
    onCircuitChange: (state) => metrics.circuitChanged(target.name, state),
  };
  const lane = new Lane({ store, settings, clock, logger, metrics });
  const queue = lane.openQueue({
    topic,
    partition,
    name,
    onStop: (cause) =>
      logger.error(
        { target: target.name, cause },
        'rabbitmq accepts no messages. Until rabbitmq recovers, deliveries go to the spool if SPOOL_DIR is set, otherwise they get 503',
      ),
    onRecover: () => logger.info({ target: target.name }, 'rabbitmq accepts messages again'),
  });

  return {
    queue,
    /** Returns the error of the last connection attempt, or `undefined` if that attempt succeeded. */
    failure: () => lane.failure(),
    close() {
      clearTimeout(blockTimer);
      lane.close();
    },
  };
}
