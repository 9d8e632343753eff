import kafkajs, { type Admin, Kafka, logLevel } from 'kafkajs';
import { patchRequestQueue } from '../../../src/stores/kafka/cluster/kafkajs/patch-kafkajs.ts';
import { waitUntil } from '../wait-until.ts';

export interface TopicSettings {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
  /** Node ids of the replicas of each partition, starting with the preferred leader. */
  readonly replicas?: readonly number[] | ((partition: number) => readonly number[]);
}

/** Runs a function with an admin client, and then disconnects the client. */
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

/** Creates a topic. Resolves when every partition has a leader and all of its replicas are in sync. */
export async function createTopic(
  bootstrap: string,
  topic: string,
  settings: TopicSettings = {},
): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    // If the response to an earlier request was lost, the retry reports that the topic exists.
    await admin.createTopics({
      // The waiting code of kafkajs fails if the broker does not know the topic yet, so this function waits itself.
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

/** Replaces all settings of a topic. */
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

/** Deletes a topic. Resolves when the brokers no longer know the topic, so that it can be recreated. */
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
      // Metadata may name a leader before that broker knows its role. Only a broker that leads the partition reports
      // offsets.
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
 * Returns the end offset of each partition, as its leader reports it. A new leader reports no end offset until its
 * followers have fetched from it (KIP-207). A reader that first requests the end offset can therefore read all
 * acknowledged records.
 */
export function readEnds(bootstrap: string, topic: string): Promise<readonly PartitionEnd[]> {
  return waitUntil(() => withAdmin(bootstrap, (admin) => admin.fetchTopicOffsets(topic)), {
    timeoutMs: 20_000,
    what: `the ends of ${topic}`,
  });
}

export interface PartitionEnd {
  readonly partition: number;
  /** End offset of the partition, which is the offset that the next record will get. */
  readonly high: string;
}
