import type { ProduceBatch } from './produce-batch.ts';

interface TopicData {
  readonly topic: string;
  readonly partitions: { readonly partition: number; readonly messages: ProduceBatch['records'] }[];
}

/** Groups batches by topic, as a produce request has them. */
export function toTopicData(batches: readonly ProduceBatch[]): TopicData[] {
  const topics: TopicData[] = [];
  for (const { topic, partition, records } of batches) {
    let entry = topics.find((each) => each.topic === topic);
    if (entry === undefined) {
      entry = { topic, partitions: [] };
      topics.push(entry);
    }
    entry.partitions.push({ partition, messages: records });
  }
  return topics;
}
