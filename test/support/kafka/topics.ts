import kafkajs, { type Admin, Kafka, logLevel } from 'kafkajs';
import { patchRequestQueue } from '../../../src/stores/kafka/cluster/kafkajs/patch-kafkajs.ts';
import { waitUntil } from '../wait-until.ts';

export interface TopicSettings {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
  /** Node ids of the replicas of each partition, the preferred leader first. */
  readonly replicas?: readonly number[] | ((partition: number) => readonly number[]);
}

/** Runs one piece of work with an admin client that is disconnected afterwards. */
export async function withAdmin<T>(bootstrap: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  patchRequestQueue();
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
    // Of a request whose answer was lost the next one finds the topic there.
    await admin.createTopics({
      // Its own wait gives up when the broker asked does not know the topic yet; ours is below.
      waitForLeaders: false,
      topics: [
        {
          topic,
          ...(settings.replicas === undefined
            ? {
                numPartitions: settings.partitions ?? 1,
                replicationFactor: settings.replicationFactor ?? 1,
              }
            : { replicaAssignment: toAssignment(settings.partitions ?? 1, settings.replicas) }),
          configEntries: toConfigEntries(settings.configs ?? {}),
        },
      ],
    });
    await whenInSync(admin, topic, settings.partitions ?? 1);
  });
}

function toAssignment(partitions: number, replicas: NonNullable<TopicSettings['replicas']>) {
  const replicasOf = (partition: number) => (typeof replicas === 'function' ? replicas(partition) : replicas);
  return Array.from({ length: partitions }, (_, partition) => ({
    partition,
    replicas: [...replicasOf(partition)],
  }));
}

function toConfigEntries(configs: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(configs).map(([name, value]) => ({ name, value }));
}

/** The topic has these settings of its own and no others. */
export async function setTopicConfigs(
  bootstrap: string,
  topic: string,
  configs: Readonly<Record<string, string>>,
): Promise<void> {
  await withAdmin(bootstrap, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: toConfigEntries(configs),
        },
      ],
    }),
  );
}

/** Resolves when no broker that is asked knows it any more, so that one of the same name can be made. */
export async function deleteTopic(bootstrap: string, topic: string): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    await admin.deleteTopics({ topics: [topic] });
    await waitUntil(async () => !(await admin.listTopics()).includes(topic), {
      timeoutMs: 20_000,
      what: `${topic} is deleted`,
    });
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

/**
 * The end of each partition, from its leader. A new leader shows readers less than is stored until its followers have
 * asked it, and until then it tells no end (KIP-207): who asks first reads everything that is acknowledged.
 */
export function readEnds(bootstrap: string, topic: string): Promise<readonly PartitionEnd[]> {
  return waitUntil(() => withAdmin(bootstrap, (admin) => admin.fetchTopicOffsets(topic)), {
    timeoutMs: 20_000,
    what: `the ends of ${topic}`,
  });
}

export interface PartitionEnd {
  readonly partition: number;
  /** The next offset to be written. */
  readonly high: string;
}
