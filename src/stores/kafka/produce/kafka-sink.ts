import type { Sink } from '../../../ports/sink.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { defaultLaneSettings, type LaneSettings } from '../../append/lane-store.ts';
import type { EventsAndDeadLetterTopics, QueuedStore } from '../../append/queue-set.ts';
import { createQueuedSink } from '../../append/queued-sink.ts';
import { type ClusterSettings, defaultClusterSettings } from '../cluster/broker-connection.ts';
import type { ClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import type { ExpectedTopic } from '../cluster/topics/expected-topics.ts';
import type { BrokerLaneDeps } from './broker-lane.ts';
import { ClusterWatcher, createClusterIdentity } from './cluster-watcher.ts';
import { DurabilityWatch } from './durability-watch.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import { LaneSet } from './lane-set.ts';
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
  /** Opens the connections that carry records. */
  readonly openConnection: BrokerLaneDeps['openConnection'];
  /** Queries the cluster over other connections. */
  readonly reader: ClusterReader;
  /** All topics to which records may be sent. */
  readonly topics: readonly ExpectedTopic[];
  readonly pairs: readonly EventsAndDeadLetterTopics[];
  readonly settings: ProduceSettings;
  readonly clock: Clock;
  readonly metrics: KafkaSinkMetrics;
  readonly logger: Logger;
}

/** Creates the sink for Kafka. A record is acknowledged when every in-sync replica of the partition has the record. */
export function createKafkaSink(deps: KafkaSinkDeps): Sink {
  const { clock, metrics, pairs } = deps;
  return createQueuedSink({ clock, metrics, pairs, connect: () => connectCluster(deps) });
}

function connectCluster(deps: KafkaSinkDeps): QueuedStore {
  const { openConnection, reader, settings, clock, metrics, logger } = deps;
  const watcher = new ClusterWatcher({ reader, refreshMs: settings.refreshMs, clock, logger });
  const topicDeps = { settings, clock, logger, watcher };
  const topics = new Map(deps.topics.map((expected) => [expected.topic, new Topic(expected, topicDeps)]));
  const lanes = new LaneSet({ openConnection, settings, clock, metrics, logger, watcher });
  const isHealthy = () => [...topics.values()].every(isHealthyTopic);
  const intervalMs = settings.durabilityCheckMs;
  const durability = new DurabilityWatch({ topics, isHealthy, reader, intervalMs, metrics, clock, logger });
  const identity = createClusterIdentity({ clock, logger });
  watcher.start({
    topics: [...topics.keys()],
    isHealthy,
    onView(view) {
      identity.applyView(view);
      if (!applyClusterView(topics, lanes, view)) {
        watcher.refresh();
      }
      durability.applyView(view);
    },
  });
  return {
    topics,
    queueWord: 'partition',
    unready: () => (durability.isDone() ? undefined : 'the topics have not been checked yet'),
    unreachable: () => watcher.problem(),
    isFinal: () => watcher.isFinal() || [...topics.values()].some((topic) => topic.isFinal()),
    notice: identity.notice,
    onSweep() {
      if (lanes.hasSlow()) {
        watcher.refresh();
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
function applyClusterView(topics: ReadonlyMap<string, Topic>, lanes: LaneSet, view: ClusterView): boolean {
  let isPlausibleView = true;
  for (const topic of topics.values()) {
    const topicView = view.topics.get(topic.name);
    if (topic.applyView(topicView)) {
      for (const queue of topic.queues) {
        lanes.assign(queue, topicView?.partitions[queue.partition], view);
      }
    } else {
      isPlausibleView = false;
    }
  }
  lanes.update(view, (queue) => topics.get(queue.topic)?.queues[queue.partition] === queue);
  return isPlausibleView;
}
