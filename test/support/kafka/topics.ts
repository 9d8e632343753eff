import { type Admin, Kafka, logLevel } from 'kafkajs';
import { waitUntil } from '../wait-until.ts';
import { apiKeys, askKafka, int32, wireString } from './kafka-wire.ts';

export interface TopicSettings {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** Runs one piece of work with an admin client that is disconnected afterwards. */
export async function withAdmin<T>(bootstrap: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const kafka = new Kafka({
    brokers: bootstrap.split(','),
    clientId: 'test-admin',
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Resolves when every partition has a leader and all of its replicas are in sync. */
export async function createTopic(
  bootstrap: string,
  topic: string,
  settings: TopicSettings = {},
): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    const created = await admin.createTopics({
      // The client's own waiting gives up when a broker has not heard of the topic yet.
      waitForLeaders: false,
      topics: [
        {
          topic,
          numPartitions: settings.partitions ?? 1,
          replicationFactor: settings.replicationFactor ?? 1,
          configEntries: Object.entries(settings.configs ?? {}).map(([name, value]) => ({ name, value })),
        },
      ],
    });
    if (!created) {
      throw new Error(`The topic ${topic} existed already`);
    }
    await whenInSync(admin, topic, settings.partitions ?? 1);
  });
}

export async function addPartitions(bootstrap: string, topic: string, count: number): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    await admin.createPartitions({ topicPartitions: [{ topic, count }] });
    await whenInSync(admin, topic, count);
  });
}

async function whenInSync(admin: Admin, topic: string, partitionCount: number): Promise<void> {
  await waitUntil(
    async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const partitions = topics[0]?.partitions ?? [];
      // Metadata names a leader before that broker knows it; offsets are told by the leader alone.
      await admin.fetchTopicOffsets(topic);
      return (
        partitions.length === partitionCount &&
        partitions.every(
          (partition) => partition.leader >= 0 && partition.isr.length === partition.replicas.length,
        )
      );
    },
    { timeoutMs: 30_000, what: `all replicas of ${topic} are in sync` },
  );
}

export interface LeaderMove {
  readonly topic: string;
  readonly partition: number;
  readonly toNodeId: number;
}

/**
 * Makes another replica the leader: it becomes the preferred one, then a preferred election is held (by hand, the
 * client has none). Resolves when Kafka has taken both; throws when the replica may not lead (not in sync, down).
 */
export async function moveLeader(bootstrap: string, move: LeaderMove): Promise<void> {
  const { topic, partition, toNodeId } = move;
  await withAdmin(bootstrap, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const found = topics[0]?.partitions.find((candidate) => candidate.partitionId === partition);
    const others = (found?.replicas ?? []).filter((nodeId) => nodeId !== toNodeId);
    await admin.alterPartitionReassignments({
      topics: [{ topic, partitionAssignment: [{ partition, replicas: [toNodeId, ...others] }] }],
    });
  });
  await waitUntil(() => electPreferredLeader(bootstrap, move), {
    timeoutMs: 10_000,
    what: `node ${toNodeId} leads ${topic}-${partition}`,
  });
}

const electionNotNeeded = 84;

async function electPreferredLeader(bootstrap: string, { topic, partition }: LeaderMove): Promise<true> {
  const port = Number(bootstrap.split(',')[0]?.split(':')[1]);
  // ElectLeaders 1: type (0 = preferred), topics with their partitions, time to wait.
  const body = Buffer.concat([
    Buffer.from([0]),
    ...[int32(1), wireString(topic), int32(1), int32(partition), int32(5_000)],
  ]);
  const answer = await askKafka({
    port,
    apiKey: apiKeys.electLeaders,
    apiVersion: 1,
    body,
    timeoutMs: 10_000,
  });
  // Throttle time, error, array length, topic name, array length, partition, error.
  const requestError = answer.readInt16BE(4);
  const errorCode =
    requestError === 0 ? answer.readInt16BE(10 + wireString(topic).length + 4 + 4) : requestError;
  if (errorCode !== 0 && errorCode !== electionNotNeeded) {
    throw new Error(`ElectLeaders answered error ${errorCode}`);
  }
  return true;
}
