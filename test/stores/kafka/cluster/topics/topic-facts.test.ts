import { expect, test } from 'vitest';
import { findViewProblem, toTopicFacts } from '../../../../../src/stores/kafka/cluster/topics/topic-facts.ts';

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

const partitions = [{ leader: 1, replicas: [1], inSyncCount: 1 }];

test.each([
  [
    'that the view does not have',
    undefined,
    'does not exist: check KAFKA_TOPIC, TOPIC_RULES or WEBHOOKS_FILE',
  ],
  ['that does not exist', { errorCode: 3, partitions: [] }, 'the topic events does not exist'],
  ['that may not be described', { errorCode: 29, partitions: [] }, 'TOPIC_AUTHORIZATION_FAILED (29)'],
  ['without partitions', { errorCode: 5, partitions: [] }, 'the topic events is not ready (code 5)'],
])('names the problem of a topic %s', (_, view, words) => {
  expect(findViewProblem({ topic: 'events', role: 'events' }, view)).toContain(words);
});

test('finds nothing wrong with a topic that has partitions, whether they have leaders or not', () => {
  expect(findViewProblem({ topic: 'events', role: 'events' }, { errorCode: 0, partitions })).toBeUndefined();
  expect(findViewProblem({ topic: 'events', role: 'events' }, { errorCode: 5, partitions })).toBeUndefined();
});
