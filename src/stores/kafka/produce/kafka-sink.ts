import type { Sink } from '../../../ports/sink.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { defaultLaneSettings, type LaneSettings } from '../../append/lane-store.ts';
import type { QueuedStore, TopicPair } from '../../append/queue-set.ts';
import { createQueuedSink } from '../../append/queued-sink.ts';
import {
  type ClusterSettings,
  defaultClusterSettings,
  type OpenBrokerConnection,
} from '../cluster/broker-connection.ts';
import { createClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import { describeKafkaFailure } from '../cluster/errors/describe-kafka-failure.ts';
import type { ExpectedTopic } from '../cluster/topics/expect-topics.ts';
import type { SampleAnswer } from './broker-lane.ts';
import { createClusterIdentity, createClusterWatcher } from './cluster-watcher.ts';
import { createDurabilityWatch } from './durability-watch.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import { LaneSet } from './lane-set.ts';
import type { OpenProduceConnection } from './produce-connection.ts';
import { Topic } from './topic.ts';

export interface ProduceSettings extends ClusterSettings, LaneSettings {
  /** Connections to one broker that carry records. A large cluster has more sets of replicas than that. */
  readonly maxLanesPerBroker: number;
  /** How often the cluster is asked for its leaders. `min`: the shortest time between two questions. */
  readonly refreshMs: { readonly healthy: number; readonly unhealthy: number; readonly min: number };
  readonly durabilityCheckMs: number;
}

export const defaultProduceSettings: ProduceSettings = {
  ...defaultClusterSettings,
  ...defaultLaneSettings,
  maxLanesPerBroker: 8,
  refreshMs: { healthy: 10_000, unhealthy: 500, min: 100 },
  durabilityCheckMs: 60_000,
};

export interface KafkaSinkDeps {
  /** Whom to ask first, as configured. */
  readonly brokers: readonly string[];
  /** For records. */
  readonly openConnection: OpenProduceConnection;
  /** For questions about the cluster. */
  readonly openReader: OpenBrokerConnection;
  /** Every topic that records may name. */
  readonly topics: readonly ExpectedTopic[];
  readonly pairs: readonly TopicPair[];
  readonly settings: ProduceSettings;
  readonly clock: Clock;
  readonly metrics: KafkaSinkMetrics;
  readonly logger: Logger;
  /** `undefined`: nothing is read back. */
  readonly sampleAnswer: SampleAnswer | undefined;
}

/** Stores records on Kafka. What is acknowledged is on every in-sync replica of its partition. */
export function createKafkaSink(deps: KafkaSinkDeps): Sink {
  const { clock, metrics, pairs } = deps;
  return createQueuedSink({ clock, metrics, pairs, connect: (onChange) => connectCluster(deps, onChange) });
}

function connectCluster(deps: KafkaSinkDeps, onChange: () => void): QueuedStore {
  const { brokers, openConnection, openReader, settings, clock, metrics, logger, sampleAnswer } = deps;
  const { hedgeMs, refreshMs, durabilityCheckMs, maxLanesPerBroker } = settings;
  const reader = createClusterReader({ bootstrap: brokers, openConnection: openReader, hedgeMs });
  const describe = (error: unknown) => describeKafkaFailure(error, brokers);
  const watcher = createClusterWatcher({ reader, refreshMs, clock, logger, describe });
  const refreshView = watcher.refresh;
  const topicDeps = { settings, clock, logger, refreshView, onChange };
  const topics = new Map(deps.topics.map((expected) => [expected.topic, new Topic(expected, topicDeps)]));
  const lanes = new LaneSet({
    openConnection,
    settings,
    maxLanesPerBroker,
    clock,
    metrics,
    logger,
    refreshView,
    onChange,
    sampleAnswer,
  });
  const isHealthy = () => [...topics.values()].every(isTakingAll);
  const durability = createDurabilityWatch({
    topics,
    isHealthy,
    reader,
    intervalMs: durabilityCheckMs,
    metrics,
    clock,
    logger,
    onChange,
  });
  const identity = createClusterIdentity({ clock, logger });
  watcher.start({
    topics: [...topics.keys()],
    isHealthy,
    onView(view) {
      identity.applyView(view);
      if (!applyView(topics, lanes, view)) {
        refreshView();
      }
      onChange();
      durability.applyView(view);
    },
  });
  return {
    topics,
    queueWord: 'partition',
    unready: () => (durability.isDone() ? undefined : 'the topics are not checked yet'),
    unreachable: watcher.problem,
    isFinal: () => watcher.isFinal() || [...topics.values()].some((topic) => topic.isFinal()),
    notice: identity.notice,
    onSweep() {
      if (lanes.hasSlow()) {
        refreshView();
      }
    },
    close() {
      watcher.stop();
      durability.stop();
      lanes.close();
    },
  };
}

/** Every partition takes records. */
function isTakingAll(topic: Topic): boolean {
  return topic.problem() === undefined && topic.queues.every((queue) => queue.isUsable());
}

/** Takes over partitions, leaders and addresses. @returns false when a part of the view is in doubt and another broker should be asked */
function applyView(topics: ReadonlyMap<string, Topic>, lanes: LaneSet, view: ClusterView): boolean {
  let isBelieved = true;
  for (const topic of topics.values()) {
    const topicView = view.topics.get(topic.name);
    if (topic.applyView(topicView)) {
      for (const queue of topic.queues) {
        lanes.assign(queue, topicView?.partitions[queue.partition], view);
      }
    } else {
      isBelieved = false;
    }
  }
  lanes.update(view, (queue) => topics.get(queue.topic)?.queues[queue.partition] === queue);
  return isBelieved;
}
