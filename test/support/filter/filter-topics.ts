import { randomUUID } from 'node:crypto';
import type { TopicNames } from '../../../src/config/topic-names.ts';
import { createTopic } from '../kafka/topics.ts';

export interface FilterTopicsOptions {
  readonly partitions: number;
  readonly replicationFactor?: number;
  /** Settings of the latest-state topic, in addition to the compaction setting. */
  readonly latestConfigs?: Readonly<Record<string, string>>;
  readonly latestPartitions?: number;
}

/** Creates the three topics that a filter needs. Their names have not been used before. */
export async function createFilterTopics(
  bootstrap: string,
  options: FilterTopicsOptions,
): Promise<TopicNames> {
  const { partitions, replicationFactor = 1, latestConfigs, latestPartitions = partitions } = options;
  const events = `filter-${randomUUID()}`;
  const topics = { events, latest: `${events}.latest`, deadLetter: `${events}.dead-letter` };
  await createTopic(bootstrap, topics.events, { partitions, replicationFactor });
  await createTopic(bootstrap, topics.latest, {
    partitions: latestPartitions,
    replicationFactor,
    configs: { 'cleanup.policy': 'compact', ...latestConfigs },
  });
  await createTopic(bootstrap, topics.deadLetter, { partitions: 2, replicationFactor });
  return topics;
}
