import {
  decodeMetadata,
  metadataVersion,
  toMetadataCodec,
  type WireMetadata,
} from '../wire/metadata-codec.ts';
import { type ClusterView, toClusterView } from './cluster-view.ts';
import type { BrokerAddress } from './kafkajs/broker-address.ts';
import type { KafkaConnection } from './kafkajs/kafka-connection.ts';
import { createKafkajsConnection, type KafkajsConnectionDeps } from './kafkajs/kafkajs-connection.ts';

export interface ClusterSettings {
  /** Time limit for TCP, TLS, the version query and authentication together. */
  readonly connectTimeoutMs: number;
  /** Time limit from sending a request to receiving its response. */
  readonly requestTimeoutMs: number;
  /** Time in milliseconds after which the next broker is also queried if the first one has not described the cluster. */
  readonly hedgeMs: number;
}

/**
 * Default time limits. A connection attempt and one request together fit into the default `REQUEST_BUDGET_MS`, so a
 * delivery can wait for a new connection.
 */
export const defaultClusterSettings: ClusterSettings = {
  connectTimeoutMs: 2_000,
  requestTimeoutMs: 3_000,
  hedgeMs: 300,
};

export interface BrokerConnection extends Omit<KafkaConnection, 'call' | 'supports'> {
  /** Returns how this broker describes the cluster and the topics. The description may be out of date. */
  describeCluster(topics: readonly string[] | 'all'): Promise<ClusterView>;
  /**
   * Returns the effective settings of a topic as reported by the broker. Returns `undefined` if the topic does not
   * exist or the client may not read its settings.
   */
  describeTopic(topic: string): Promise<ReadonlyMap<string, string> | undefined>;
}

export type BrokerConnectionOpener = (address: BrokerAddress) => BrokerConnection;

const topicResource = 2;

export function createBrokerConnection(deps: KafkajsConnectionDeps): BrokerConnection {
  const { call, supports, ...connection } = createKafkajsConnection(deps);
  return {
    ...connection,
    async describeCluster(topics) {
      const answer = await call({
        api: 'Metadata',
        // In kafkajs, an empty list requests all topics.
        parameters: { topics: topics === 'all' ? [] : topics, allowAutoTopicCreation: false },
        // Older brokers return neither topic ids nor leader epochs.
        ...(supports('Metadata', metadataVersion) && { codec: toMetadataCodec(topics, decodeMetadata) }),
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
      const configEntries = resource.configEntries.flatMap(({ configName, configValue }) =>
        configValue === null ? [] : [[configName, configValue] as const],
      );
      return new Map(configEntries);
    },
  };
}

interface WireConfigs {
  readonly resources: readonly {
    readonly errorCode: number;
    readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
  }[];
}
