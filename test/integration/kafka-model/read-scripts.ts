import type { KafkaConnection } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { metadataVersion } from '../../../src/stores/kafka/wire/metadata-codec.ts';
import { produceVersion } from '../../../src/stores/kafka/wire/write-produce-body.ts';
import { apiKeys, askKafka } from '../../support/kafka/kafka-wire.ts';
import type { BrokerRole, ClusterScript, ClusterUnderScript, Line } from './cluster-under-script.ts';
import { askMetadata, type WholeMetadata } from './whole-metadata.ts';

const replicas = ['first', 'second', 'third'] as const;
const topicResource = 2;
const topicSource = 1;
/** The settings that the receiver reads. A real broker returns many more. */
const readSettings = [
  ...['min.insync.replicas', 'max.message.bytes', 'cleanup.policy', 'retention.ms'],
  ...['unclean.leader.election.enable', 'compression.type', 'message.timestamp.after.max.ms'],
];

/** The requests that the receiver sends. A real broker supports many more requests and versions. */
const sent = [
  ['produce', produceVersion],
  ['metadata', metadataVersion],
  ['describeConfigs', 2],
  ['apiVersions', 2],
] as const;

export const askForVersions: ClusterScript = async ({ brokers }) => {
  const { port } = brokers.first;
  const ask = (apiKey: number, apiVersion: number, body = Buffer.alloc(0)) =>
    askKafka({ port, apiKey, apiVersion, body });
  const answer = await ask(apiKeys.apiVersions, 2);
  const ranges = new Map<number, readonly [number, number]>();
  let at = 6;
  for (let left = answer.readInt32BE(2); left > 0; left -= 1) {
    ranges.set(answer.readInt16BE(at), [answer.readInt16BE(at + 2), answer.readInt16BE(at + 4)]);
    at += 6;
  }
  return [
    ['error', answer.readInt16BE(0)],
    ...sent.map(([name, version]): Line => {
      const [from, to] = ranges.get(apiKeys[name]) ?? [Number.NaN, Number.NaN];
      return [`${name} ${version}`, from <= version && version <= to];
    }),
    ['throttle time', answer.readInt32BE(at), answer.length - at],
    ['a version that is not there', await failureOf(() => ask(apiKeys.metadata, 99))],
    ['a request that is not there', await failureOf(() => ask(999, 0))],
  ];
};

async function failureOf(ask: () => Promise<Buffer>): Promise<string> {
  return ask().then(
    () => 'answered',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

export const askForMetadata: ClusterScript = async (cluster) => {
  await cluster.createTopic({ name: 'described', partitions: 3, replicas });
  await cluster.createTopic({ name: 'small', replicas: ['second'] });
  const connection = await cluster.connect('first');
  const lines: Line[] = [];
  for (const topics of [[], ['described'], ['nowhere'], ['nowhere', 'small', 'described']]) {
    lines.push([`topics ${topics.join()}`, ...comparable(cluster, await askMetadata(connection, topics))]);
  }
  connection.close();
  return lines;
};

export const askForSettings: ClusterScript = async (cluster) => {
  const name = 'set';
  await cluster.createTopic({ name, replicas });
  const connection = await cluster.connect('first');
  const lines: Line[] = [['by default', ...(await askSettings(connection, name))]];
  await cluster.changeSettings(name, {
    'min.insync.replicas': '2',
    'max.message.bytes': '5000',
    'cleanup.policy': 'compact,delete',
  });
  lines.push(['changed', ...(await askSettings(connection, name))]);
  await cluster.changeSettings(name, { 'retention.ms': '-1' });
  lines.push(['changed back', ...(await askSettings(connection, name))]);
  lines.push(['of no topic', ...(await askSettings(connection, 'nowhere'))]);
  connection.close();
  return lines;
};

interface WholeConfigs {
  readonly resources: readonly {
    readonly errorCode: number;
    readonly errorMessage: string | null;
    readonly resourceType: number;
    readonly resourceName: string;
    readonly configEntries: readonly {
      readonly configName: string;
      readonly configValue: string;
      readonly configSource: number;
      readonly isDefault: boolean;
    }[];
  }[];
  readonly clientSideThrottleTime: number;
}

/**
 * Reads the settings. If the topic does not override a setting, its value comes from one of several sources in the
 * cluster's configuration. The comparison ignores the source.
 */
async function askSettings(connection: KafkaConnection, name: string): Promise<readonly unknown[]> {
  const { resources, clientSideThrottleTime } = (await connection.call({
    api: 'DescribeConfigs',
    parameters: { resources: [{ type: topicResource, name }] },
  })) as WholeConfigs;
  return [
    clientSideThrottleTime,
    ...resources.map(({ errorMessage, configEntries, ...rest }) => ({
      ...{ ...rest, errorMessage },
      configEntries: configEntries
        .filter(({ configName }) => readSettings.includes(configName))
        .map(({ configSource, isDefault: _isDefault, ...entry }) => ({
          ...entry,
          isOwn: configSource === topicSource,
        }))
        .toSorted((one, other) => (one.configName < other.configName ? -1 : 1)),
    })),
  ];
}

/**
 * Makes the metadata of two clusters comparable. Replaces ids and addresses by the roles of the brokers, and sorts
 * lists without a defined order. Omits the ids of clusters and topics. Also omits the controller, because with KRaft a
 * broker may name any broker.
 */
export function comparable(
  { brokers: known }: ClusterUnderScript,
  { brokers, clusterId, controllerId, topics, ...rest }: WholeMetadata,
): readonly unknown[] {
  const roles = Object.keys(known) as BrokerRole[];
  const roleOf = (id: number) => roles.find((role) => known[role].nodeId === id) ?? String(id);
  return [
    rest,
    { hasClusterId: clusterId !== '', hasController: brokers.some(({ nodeId }) => nodeId === controllerId) },
    brokers
      .map(({ nodeId, host, port, rack }) => {
        const role = roleOf(nodeId);
        return { role, rack, isAt: roles.find((each) => known[each].advertised === `${host}:${port}`) };
      })
      .toSorted((one, other) => (one.role < other.role ? -1 : 1)),
    topics
      .map(({ topicId, partitions, ...topic }) => ({
        ...topic,
        hasId: !/^0*$/.test(topicId),
        partitions: partitions
          .map(({ leader, replicas: all, inSync, offline, ...partition }) => ({
            ...{ ...partition, leader: roleOf(leader), replicas: all.map(roleOf) },
            ...{ inSync: inSync.map(roleOf).toSorted(), offline: offline.map(roleOf) },
          }))
          .toSorted((one, other) => one.partition - other.partition),
      }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
  ];
}
