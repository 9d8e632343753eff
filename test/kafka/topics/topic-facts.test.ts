import { expect, test } from 'vitest';
import { toTopicFacts } from '../../../src/kafka/topics/topic-facts.ts';

test('takes the replication factor from the partition with the fewest known replicas', () => {
  const partitions = [[1, 2, 3], [], [1, 2]].map((replicas) => ({
    leader: 1,
    replicas,
    inSyncCount: replicas.length,
  }));
  expect(toTopicFacts('events', { partitions }, undefined)).toEqual({
    topic: 'events',
    exists: true,
    partitionCount: 3,
    replicationFactor: 2,
    inSyncCounts: [3, 0, 2],
    settings: undefined,
  });
});

test('takes a topic without partitions as one that does not exist', () => {
  for (const view of [undefined, { partitions: [] }]) {
    expect(toTopicFacts('events', view, new Map())).toMatchObject({ exists: false, replicationFactor: 0 });
  }
});
