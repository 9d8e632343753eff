import type { Sink } from '../../../ports/sink.ts';
import { createQueuedSink } from '../../append/queued-sink.ts';
import {
  type BrokerConnection,
  createBrokerConnection,
  type OpenBrokerConnection,
} from '../cluster/broker-connection.ts';
import type { BrokerAddress } from '../cluster/kafkajs/broker-address.ts';
import type { KafkaAccess } from '../cluster/kafkajs/kafka-access.ts';
import type { ExpectedTopic } from '../cluster/topics/expect-topics.ts';
import type { Compressor } from '../wire/compressor.ts';
import { followCluster } from './follow-cluster.ts';
import {
  createProduceConnection,
  type OpenProduceConnection,
  type ProduceConnection,
} from './produce-connection.ts';
import {
  defaultProduceSettings,
  type ProduceDeps,
  type ProduceSettings,
  toProduceSettings,
} from './produce-settings.ts';
import { createTopicSet } from './topic-set.ts';

interface KafkaSinkDeps extends Pick<ProduceDeps, 'clock' | 'metrics' | 'logger' | 'sampleAnswer'> {
  readonly connection: KafkaAccess;
  readonly compressor?: Compressor | undefined;
  /** Every topic that records may name. */
  readonly topics: readonly ExpectedTopic[];
  readonly random?: () => number;
  readonly settings?: ProduceSettings;
  readonly openConnection?: (address: BrokerAddress) => ProduceConnection & BrokerConnection;
}

/** Stores records on Kafka. What is acknowledged is on every in-sync replica of its partition. */
export function createKafkaSink(deps: KafkaSinkDeps): Sink {
  const { connection, compressor, logger, random = Math.random } = deps;
  const settings = toProduceSettings(deps.settings ?? defaultProduceSettings, connection);
  const open = deps.openConnection;
  const openConnection: OpenProduceConnection =
    open ?? ((address) => createProduceConnection({ address, connection, settings, compressor, logger }));
  const openReader: OpenBrokerConnection =
    open ?? ((address) => createBrokerConnection({ address, connection, settings, logger }));
  return createQueuedSink({
    ...deps,
    connect(onChange) {
      const shared = { ...deps, settings, random, onChange };
      const topics = createTopicSet({
        ...shared,
        openConnection,
        expected: deps.topics,
        refreshView: () => cluster.refresh(),
      });
      const cluster = followCluster({ ...shared, openConnection: openReader, topics });
      return {
        topics: topics.topics,
        queueWord: 'partition',
        unready: () => (cluster.isChecked() ? undefined : 'the topics are not checked yet'),
        unreachable: cluster.problem,
        isFinal: () => cluster.isFinal() || [...topics.topics.values()].some((topic) => topic.isFinal()),
        notice: cluster.notice,
        onSweep() {
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
