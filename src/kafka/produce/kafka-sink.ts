import type { PartitionQueue } from '../../append/partition-queue.ts';
import { createQueuedSink } from '../../append/queued-sink.ts';
import { type Sink, SinkError } from '../../sink/sink.ts';
import {
  type BrokerConnection,
  createBrokerConnection,
  type OpenBrokerConnection,
} from '../cluster/broker-connection.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import type { KafkaAccess } from '../kafkajs/kafka-access.ts';
import type { ExpectedTopic } from '../topics/expect-topics.ts';
import type { Compressor } from '../wire/compressor.ts';
import { type ClusterFollower, followCluster } from './follow-cluster.ts';
import {
  createProduceConnection,
  type OpenProduceConnection,
  type ProduceConnection,
} from './produce-connection.ts';
import type { ProduceDeps } from './produce-deps.ts';
import { defaultProduceSettings, type ProduceSettings, toProduceSettings } from './produce-settings.ts';
import { createTopicSet, type TopicSet } from './topic-set.ts';

interface KafkaSinkDeps extends Pick<ProduceDeps, 'clock' | 'metrics' | 'logger'> {
  readonly connection: KafkaAccess;
  readonly compressor?: Compressor | undefined;
  /** Every topic that records may name. */
  readonly topics: readonly ExpectedTopic[];
  readonly random?: () => number;
  readonly settings?: ProduceSettings;
  /** Of a test. */
  readonly openConnection?: (address: BrokerAddress) => ProduceConnection & BrokerConnection;
}

/** Stores records on Kafka. What is acknowledged is on every in-sync replica of its partition. */
export function createKafkaSink(deps: KafkaSinkDeps): Sink {
  const { connection, compressor, logger, clock, random = Math.random } = deps;
  const settings = toProduceSettings(deps.settings ?? defaultProduceSettings, connection);
  const open = deps.openConnection;
  const openConnection: OpenProduceConnection =
    open ?? ((address) => createProduceConnection({ address, connection, settings, compressor, logger }));
  const openReader: OpenBrokerConnection =
    open ?? ((address) => createBrokerConnection({ address, connection, settings, logger }));
  return createQueuedSink({
    clock,
    connect(onChange) {
      const shared = { ...deps, settings, openConnection, random, onChange };
      const topics = createTopicSet({
        ...shared,
        expected: deps.topics,
        refreshView: () => cluster.refresh(),
      });
      const cluster = followCluster({ ...shared, openConnection: openReader, topics });
      deps.metrics.observeQueue(topics.depth);
      return {
        problems: () => listProblems(topics, cluster),
        queueFor(record, deadline) {
          const queue = topics.queueFor(record, deadline);
          requireLeaderOrBroker(queue, cluster);
          return queue;
        },
        sweep(expired) {
          if (expired > 0) {
            topics.purge();
          }
          if (topics.hasSlowLane()) {
            cluster.refresh();
          }
        },
        close() {
          cluster.stop();
          topics.close();
        },
      };
    },
  });
}

/**
 * A partition without a leader gets one within seconds, as long as there are brokers to elect it. Without an answer from
 * any, nothing would tell of a new leader before the deadline, and no failed request would open the partition's circuit.
 */
function requireLeaderOrBroker({ sender, topic, partition }: PartitionQueue, cluster: ClusterFollower): void {
  const unreachable = sender === undefined ? cluster.problem() : undefined;
  if (unreachable !== undefined) {
    throw new SinkError(
      'sink_unavailable',
      `Partition ${partition} of ${topic} has no leader, and no broker answers: ${unreachable}`,
    );
  }
}

function listProblems(topics: TopicSet, cluster: ClusterFollower): readonly string[] {
  const unreachable = cluster.problem();
  const problems = cluster.isChecked() ? topics.problems() : ['the topics are not checked yet'];
  return problems.length > 0 && unreachable !== undefined ? [unreachable, ...problems] : problems;
}
