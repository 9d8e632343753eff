import { createKafkajsConnection, type KafkajsConnectionDeps } from '../kafkajs/kafkajs-connection.ts';
import { encodeProduceBody, produceVersion } from '../wire/encode-produce-body.ts';
import type { PartitionAnswer, ProduceBatch } from '../wire/produce-batch.ts';
import type { BrokerLink } from './broker-link.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import type { ClusterView } from './cluster-view.ts';
import { decodeMetadata, encodeMetadata, metadataThrottleAt, metadataVersion } from './metadata-codec.ts';
import { toClusterView, type WireMetadata } from './to-cluster-view.ts';

interface LinkDeps extends KafkajsConnectionDeps {
  readonly settings: KafkajsConnectionDeps['settings'] & Pick<ClusterSettings, 'replicationTimeoutMs'>;
}

const topicResource = 2;

/** A link that speaks kafkajs's protocol over a connection of its own. */
export function createKafkajsBrokerLink(deps: LinkDeps): BrokerLink {
  const { address, connect, isOpen, throttledUntil, onEnd, call, supports, close } =
    createKafkajsConnection(deps);
  return {
    address,
    connect,
    isOpen,
    throttledUntil,
    onEnd,
    async produce(batches: readonly ProduceBatch[]): Promise<readonly PartitionAnswer[]> {
      const { replicationTimeoutMs } = deps.settings;
      const encode = () => encodeProduceBody(batches, { now: Date.now(), replicationTimeoutMs });
      const answer = (await call({
        api: 'Produce',
        parameters: { acks: -1 },
        codec: { version: produceVersion, encode },
      })) as WireProduceAnswer;
      return answer.topics.flatMap(({ topicName, partitions }) =>
        partitions.map((partition) => ({ topic: topicName, ...partition })),
      );
    },
    async describeCluster(topics): Promise<ClusterView> {
      const encode = () => encodeMetadata(topics);
      const answer = await call({
        api: 'Metadata',
        parameters: { topics, allowAutoTopicCreation: false },
        ...(supports('Metadata', metadataVersion) && {
          codec: { version: metadataVersion, encode, decode: decodeMetadata, throttleAt: metadataThrottleAt },
        }),
      });
      return toClusterView(answer as WireMetadata);
    },
    async describeTopic(topic): Promise<ReadonlyMap<string, string> | undefined> {
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
    close,
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
