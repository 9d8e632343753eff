import type { Sink } from '../../../ports/sink.ts';
import type { TopicPair } from '../../append/queue-set.ts';
import { createQueuedSink } from '../../append/queued-sink.ts';
import {
  type BrokerConnection,
  createBrokerConnection,
  type OpenBrokerConnection,
} from '../cluster/broker-connection.ts';
import { createClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import { describeKafkaFailure } from '../cluster/errors/describe-kafka-failure.ts';
import type { BrokerAddress } from '../cluster/kafkajs/broker-address.ts';
import type { KafkaAccess } from '../cluster/kafkajs/kafka-access.ts';
import type { ExpectedTopic } from '../cluster/topics/expect-topics.ts';
import type { Compressor } from '../wire/compressor.ts';
import { createClusterIdentity, createClusterWatcher } from './cluster-watcher.ts';
import { createDurabilityWatch } from './durability-watch.ts';
import { LaneSet } from './lane-set.ts';
import {
  createProduceConnection,
  type OpenProduceConnection,
  type ProduceConnection,
} from './produce-connection.ts';
import { defaultProduceSettings, type ProduceDeps, type ProduceSettings } from './produce-settings.ts';
import { Topic } from './topic.ts';

interface KafkaSinkDeps extends Pick<ProduceDeps, 'clock' | 'metrics' | 'logger' | 'sampleAnswer'> {
  readonly connection: KafkaAccess;
  readonly compressor: Compressor | undefined;
  /** Every topic that records may name. */
  readonly topics: readonly ExpectedTopic[];
  readonly pairs: readonly TopicPair[];
  readonly random?: () => number;
  readonly settings?: ProduceSettings;
  readonly openConnection?: (address: BrokerAddress) => ProduceConnection & BrokerConnection;
}

/** Stores records on Kafka. What is acknowledged is on every in-sync replica of its partition. */
export function createKafkaSink(deps: KafkaSinkDeps): Sink {
  const { connection, compressor, logger, settings = defaultProduceSettings, random = Math.random } = deps;
  const open = deps.openConnection;
  const openConnection: OpenProduceConnection =
    open ?? ((address) => createProduceConnection({ address, connection, settings, compressor, logger }));
  const openReader: OpenBrokerConnection =
    open ?? ((address) => createBrokerConnection({ address, connection, settings, logger }));
  return createQueuedSink({
    ...deps,
    connect(onChange) {
      const refreshView = () => watcher.refresh();
      const shared = { ...deps, settings, random, onChange, refreshView };
      const topics = new Map(deps.topics.map((each) => [each.topic, new Topic(each, shared)]));
      const lanes = new LaneSet({ ...shared, openConnection });
      const reader = createClusterReader({
        bootstrap: connection.brokers,
        openConnection: openReader,
        hedgeMs: settings.hedgeMs,
      });
      const isHealthy = () => [...topics.values()].every(isTakingAll);
      const durability = createDurabilityWatch({ ...shared, topics, isHealthy, reader });
      const identity = createClusterIdentity(deps);
      const watcher = createClusterWatcher({
        ...shared,
        reader,
        topics: [...topics.keys()],
        isHealthy,
        describe: (error) => describeKafkaFailure(error, connection.brokers),
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
    },
  });
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
