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

/** How long brokers may take. */
export interface ClusterSettings {
  /** TCP, TLS, version look-up and authentication together. */
  readonly connectTimeoutMs: number;
  /** From sending a request to its answer. */
  readonly requestTimeoutMs: number;
  /** When a broker has not described the cluster after this time, the next one is asked as well. */
  readonly hedgeMs: number;
}

/** A delivery can wait for one attempt on a new connection: both together fit into the usual `REQUEST_BUDGET_MS`. */
export const defaultClusterSettings: ClusterSettings = {
  connectTimeoutMs: 2_000,
  requestTimeoutMs: 3_000,
  hedgeMs: 300,
};

/** A connection to one broker, with the questions about the cluster as methods. */
export interface BrokerConnection extends Omit<KafkaConnection, 'call' | 'supports'> {
  /** What this broker knows of the cluster and of these topics; it may be out of date. */
  describeCluster(topics: readonly string[] | 'all'): Promise<ClusterView>;
  /** The effective settings of a topic, as far as the broker reports them; `undefined` when it does not exist or they may not be read. */
  describeTopic(topic: string): Promise<ReadonlyMap<string, string> | undefined>;
}

export type OpenBrokerConnection = (address: BrokerAddress) => BrokerConnection;

const topicResource = 2;

export function createBrokerConnection(deps: KafkajsConnectionDeps): BrokerConnection {
  const { call, supports, ...connection } = createKafkajsConnection(deps);
  return {
    ...connection,
    async describeCluster(topics) {
      const answer = await call({
        api: 'Metadata',
        // For kafkajs a list without names is that of all.
        parameters: { topics: topics === 'all' ? [] : topics, allowAutoTopicCreation: false },
        // An older broker's answer has neither ids nor epochs.
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
      const reported = resource.configEntries.flatMap(({ configName, configValue }) =>
        configValue === null ? [] : [[configName, configValue] as const],
      );
      return new Map(reported);
    },
  };
}

interface WireConfigs {
  readonly resources: readonly {
    readonly errorCode: number;
    readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
  }[];
}
