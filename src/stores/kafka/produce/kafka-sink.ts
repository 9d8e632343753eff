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
import type { AnswerSampler } from './broker-lane.ts';
import { createClusterIdentity, createClusterWatcher } from './cluster-watcher.ts';
import { createDurabilityWatch } from './durability-watch.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import { LaneSet } from './lane-set.ts';
import type { OpenProduceConnection } from './produce-connection.ts';
import { Topic } from './topic.ts';

export interface ProduceSettings extends ClusterSettings, LaneSettings {
  /**
   * Maximum number of connections to one broker that carry records. A large cluster has more replica sets than this
   * maximum.
   */
  readonly maxLanesPerBroker: number;
  /** Intervals in milliseconds between reads of the partition leaders. `min` is the shortest interval. */
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
  readonly brokers: readonly string[];
  /** Opens the connections that carry records. */
  readonly openConnection: OpenProduceConnection;
  /** Opens connections for queries about the cluster. */
  readonly openReader: OpenBrokerConnection;
  /** All topics to which records may be sent. */
  readonly topics: readonly ExpectedTopic[];
  readonly pairs: readonly TopicPair[];
  readonly settings: ProduceSettings;
  readonly clock: Clock;
  readonly metrics: KafkaSinkMetrics;
  readonly logger: Logger;
  /** Samples responses, or `undefined` if no records are read back. */
  readonly sampleAnswer: AnswerSampler | undefined;
}

/** Creates the sink for Kafka. A record is acknowledged when every in-sync replica of the partition has the record. */
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
  const isHealthy = () => [...topics.values()].every(isHealthyTopic);
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
    unready: () => (durability.isDone() ? undefined : 'the topics have not been checked yet'),
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

function isHealthyTopic(topic: Topic): boolean {
  return topic.problem() === undefined && topic.queues.every((queue) => queue.isUsable());
}

/**
 * Applies partitions, leaders and addresses from a cluster description.
 *
 * @returns false if a part of the description is doubtful, so that another broker should be queried
 */
function applyView(topics: ReadonlyMap<string, Topic>, lanes: LaneSet, view: ClusterView): boolean {
  let isViewPlausible = true;
  for (const topic of topics.values()) {
    const topicView = view.topics.get(topic.name);
    if (topic.applyView(topicView)) {
      for (const queue of topic.queues) {
        lanes.assign(queue, topicView?.partitions[queue.partition], view);
      }
    } else {
      isViewPlausible = false;
    }
  }
  lanes.update(view, (queue) => topics.get(queue.topic)?.queues[queue.partition] === queue);
  return isViewPlausible;
}
