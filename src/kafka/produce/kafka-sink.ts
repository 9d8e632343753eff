import type { PartitionQueue } from '../../append/partition-queue.ts';
import { createPendingAppends } from '../../append/pending-appends.ts';
import type { KafkaConfig } from '../../config/kafka-config.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Sink, SinkHealth } from '../../sink/sink.ts';
import { SinkError } from '../../sink/sink-error.ts';
import type { OpenBrokerConnection } from '../cluster/broker-connection.ts';
import { createBrokerConnection } from '../cluster/broker-connection.ts';
import { createClusterReader } from '../cluster/cluster-reader.ts';
import { type ClusterWatcher, createClusterWatcher } from '../cluster/cluster-watcher.ts';
import { describeKafkaFailure } from '../errors/describe-kafka-failure.ts';
import type { ExpectedTopic } from '../topics/expect-topics.ts';
import { recordSize } from '../wire/record-size.ts';
import { createDurabilityWatch, type DurabilityWatch } from './durability-watch.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import { createPartitionRouter } from './partition-router.ts';
import { defaultProduceSettings, type ProduceSettings } from './produce-settings.ts';

interface KafkaSinkDeps {
  readonly config: KafkaConfig;
  /** Every topic that records may name. */
  readonly topics: readonly ExpectedTopic[];
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: KafkaSinkMetrics;
  readonly random?: () => number;
  readonly settings?: ProduceSettings;
  readonly openConnection?: OpenBrokerConnection;
}

/** Stores records on Kafka. What is acknowledged is on every in-sync replica of its partition. */
export function createKafkaSink(deps: KafkaSinkDeps): Sink {
  const {
    config,
    topics,
    logger,
    clock,
    metrics,
    random = Math.random,
    settings = defaultProduceSettings,
  } = deps;
  const { connection } = config;
  const openConnection: OpenBrokerConnection =
    deps.openConnection ?? ((address) => createBrokerConnection({ address, connection, settings, logger }));
  let state: 'new' | 'started' | 'closing' | 'closed' = 'new';
  let waiting: { resolve: () => void; reject: (error: SinkError) => void }[] = [];
  let watcher: ClusterWatcher | undefined;
  let durability: DurabilityWatch | undefined;
  const topicNames = topics.map(({ topic }) => topic);

  const router = createPartitionRouter({
    topics: topicNames,
    openConnection,
    settings,
    clock,
    random,
    metrics,
    logger,
    onTrouble: () => watcher?.refresh(),
    onChange: announce,
  });
  const appends = createPendingAppends({ clock, onSweep: sweep });
  metrics.observeQueue(queueDepth);

  function health(): SinkHealth {
    const unreachable = watcher?.problem();
    const problems = durability?.isDone() ? router.problems() : ['the topics are not checked yet'];
    if (problems.length > 0 && unreachable !== undefined) {
      problems.unshift(unreachable);
    }
    return { up: problems.length === 0, detail: problems.join('; ') };
  }

  function announce(): void {
    if (waiting.length > 0 && health().up) {
      for (const { resolve } of waiting) {
        resolve();
      }
      waiting = [];
    }
  }

  function sweep(expired: number): void {
    if (expired > 0) {
      forEachQueue((queue) => queue.purge());
    }
    if (router.hasSlowLane()) {
      watcher?.refresh();
    }
  }

  function forEachQueue(visit: (queue: PartitionQueue) => void): void {
    for (const { queues } of router.watches.values()) {
      queues.queues.forEach(visit);
    }
  }

  function queueDepth(): { records: number; bytes: number } {
    const depth = { records: 0, bytes: 0 };
    forEachQueue((queue) => {
      depth.records += queue.length + (queue.inFlight?.entries.length ?? 0);
      depth.bytes += queue.sizeBytes() + (queue.inFlight?.sizeBytes ?? 0);
    });
    return depth;
  }

  return {
    async start() {
      if (state === 'new') {
        state = 'started';
        const reader = createClusterReader({
          bootstrap: connection.brokers,
          openConnection,
          hedgeMs: settings.hedgeMs,
        });
        const watches = router.watches;
        durability = createDurabilityWatch({
          topics,
          watches,
          reader,
          settings,
          metrics,
          clock,
          logger,
          isCalm: router.isCalm,
          onChange: announce,
        });
        watcher = createClusterWatcher({
          reader,
          topics: topicNames,
          settings,
          clock,
          logger,
          isCalm: router.isCalm,
          describe: (error) => describeKafkaFailure(error, connection.brokers),
          onView(view) {
            router.apply(view);
            durability?.see(view);
          },
        });
      }
      if (!health().up) {
        await new Promise<void>((resolve, reject) => {
          waiting.push({ resolve, reject });
        });
      }
    },
    append(records, deadline) {
      if (state !== 'started') {
        return Promise.reject(
          new SinkError('sink_closed', 'The sink takes no records: it is not started, or it is closing.'),
        );
      }
      const targets: PartitionQueue[] = [];
      for (const { topic, key } of records) {
        const queue = router.route(topic, key);
        if (queue === undefined) {
          return Promise.reject(new SinkError('sink_unavailable', router.whyNot(topic)));
        }
        if ((queue.carrier?.heldUntil() ?? 0) >= deadline) {
          return Promise.reject(new SinkError('sink_unavailable', `Kafka's quota for ${topic} is used up.`));
        }
        targets.push(queue);
      }
      if (records.length === 0) {
        return Promise.resolve([]);
      }
      const append = appends.add(records.length, deadline);
      for (let index = 0; index < targets.length; index += 1) {
        const queue = targets[index] as PartitionQueue;
        const record = records[index] as (typeof records)[number];
        queue.push({ record, append, index, sizeBytes: recordSize(record), decided: false });
        queue.carrier?.pump();
      }
      return append.promise;
    },
    health,
    async close() {
      if (state === 'closing' || state === 'closed') {
        return;
      }
      state = 'closing';
      for (const { reject } of waiting) {
        reject(new SinkError('sink_closed', 'The sink was closed before it could start.'));
      }
      await appends.drained();
      watcher?.stop();
      durability?.stop();
      router.close();
      state = 'closed';
    },
  };
}
