import { systemClock } from '../../runtime/clock.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import type { KafkaConnection } from '../kafkajs/kafka-connection.ts';
import { createKafkajsConnection, type KafkajsConnectionDeps } from '../kafkajs/kafkajs-connection.ts';
import type { Compressor } from '../wire/compressor.ts';
import type { PartitionAnswer, ProduceBatch } from '../wire/produce-batch.ts';
import type { WireWriter } from '../wire/wire-writer.ts';
import { produceVersion, writeProduceBody } from '../wire/write-produce-body.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import type { ClusterView } from './cluster-view.ts';
import { decodeMetadata, metadataThrottleAt, metadataVersion, writeMetadata } from './metadata-codec.ts';
import { toClusterView, type WireMetadata } from './to-cluster-view.ts';

/** A connection to one broker, with the requests of the receiver as methods. */
export interface BrokerConnection extends Omit<KafkaConnection, 'call' | 'supports'> {
  /**
   * Sends one produce request and gives back the answer for each partition, good or bad. Rejects when there is no
   * answer: the records may be stored or not.
   */
  produce(batches: readonly ProduceBatch[]): Promise<readonly PartitionAnswer[]>;
  /** What this broker knows of the cluster and of these topics; it may be out of date. */
  describeCluster(topics: readonly string[]): Promise<ClusterView>;
  /** The effective settings of a topic, as far as the broker reports them; `undefined` when it does not exist or they may not be read. */
  describeTopic(topic: string): Promise<ReadonlyMap<string, string> | undefined>;
}

export type OpenBrokerConnection = (address: BrokerAddress) => BrokerConnection;

interface BrokerConnectionDeps extends KafkajsConnectionDeps {
  readonly settings: KafkajsConnectionDeps['settings'] & Pick<ClusterSettings, 'replicationTimeoutMs'>;
  /** For the records of `produce`. */
  readonly compressor?: Compressor | undefined;
}

const topicResource = 2;

export function createBrokerConnection(deps: BrokerConnectionDeps): BrokerConnection {
  const { call, supports, ...connection } = createKafkajsConnection(deps);
  return {
    ...connection,
    async produce(batches) {
      const { settings, compressor } = deps;
      const { replicationTimeoutMs } = settings;
      const write = (writer: WireWriter) =>
        writeProduceBody(writer, batches, { now: systemClock.epochMs(), replicationTimeoutMs, compressor });
      const answer = (await call({
        api: 'Produce',
        parameters: { acks: -1 },
        codec: { version: produceVersion, write },
      })) as WireProduceAnswer;
      return answer.topics.flatMap(({ topicName, partitions }) =>
        partitions.map((partition) => ({ topic: topicName, ...partition })),
      );
    },
    async describeCluster(topics) {
      const write = (writer: WireWriter) => writeMetadata(writer, topics);
      const answer = await call({
        api: 'Metadata',
        parameters: { topics, allowAutoTopicCreation: false },
        ...(supports('Metadata', metadataVersion) && {
          codec: { version: metadataVersion, write, decode: decodeMetadata, throttleAt: metadataThrottleAt },
        }),
      });
      return toClusterView(answer as WireMetadata);
    },
    async describeTopic(topic) {
      const answer = (await call({
        api: 'DescribeConfigs',
        parameters: { resources: [{ type: topicResource, name: topic }] },
      })) as WireConfigs;
      const [resource] = answer.resources;
      if (resource?.errorCode !== 0) {
        return undefined;
      }
      const reported = resource.configEntries.flatMap(({ configName, configValue }) =>
        configValue === null ? [] : [[configName, configValue] as const],
      );
      return new Map(reported);
    },
  };
}

interface WireProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly Omit<PartitionAnswer, 'topic'>[];
  }[];
}

interface WireConfigs {
  readonly resources: readonly {
    readonly errorCode: number;
    readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
  }[];
}
