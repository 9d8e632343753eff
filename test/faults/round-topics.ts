import { readWholeTopic } from '../support/kafka/read-whole-topic.ts';
import { createTopic, withAdmin } from '../support/kafka/topics.ts';
import { topicConfigs } from './actions/cluster-faults.ts';
import type { Stores } from './round-result.ts';
import type { ServiceTopics } from './services/service.ts';

/** Number of partitions of the events topic. */
export const partitionCount = 12;
const deadLetterPartitions = 3;

type TopicNames = Pick<ServiceTopics, 'events' | 'deadLetter'>;

export async function createRoundTopics(bootstrap: string, topics: TopicNames): Promise<void> {
  const settings = { replicationFactor: 3, configs: topicConfigs };
  await Promise.all([
    createTopic(bootstrap, topics.events, {
      ...settings,
      partitions: partitionCount,
    }),
    createTopic(bootstrap, topics.deadLetter, { ...settings, partitions: deadLetterPartitions }),
  ]);
}

export async function readRoundTopics(bootstrap: string, topics: TopicNames): Promise<Stores> {
  const [stored, deadLetters] = await Promise.all([
    readWholeTopic(bootstrap, topics.events),
    readWholeTopic(bootstrap, topics.deadLetter, true),
  ]);
  return { stored, deadLetters };
}

/** Deletes the topics to free disk space for the next round. Does not wait for the end of the deletion. */
export async function deleteRoundTopics(bootstrap: string, topics: TopicNames): Promise<void> {
  await withAdmin(bootstrap, (admin) =>
    admin.deleteTopics({ topics: [topics.events, topics.deadLetter] }),
  ).catch(() => undefined);
}
