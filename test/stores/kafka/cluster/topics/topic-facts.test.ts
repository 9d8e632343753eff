import { describe, expect, test } from 'vitest';
import {
  findDifferences,
  findViewProblem,
  toTopicFacts,
} from '../../../../../src/stores/kafka/cluster/topics/topic-facts.ts';

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

const partition = { leader: 1, replicas: [1, 2, 3], inSyncCount: 3 };
const facts = toTopicFacts(
  'events',
  { partitions: Array.from({ length: 12 }, () => partition) },
  new Map([['retention.ms', '600']]),
);

describe('a topic differs', () => {
  test.each([
    ['partitions', '24', '12'],
    ['replicas', '5', '3'],
    ['retention.ms', '-1', '600'],
  ])('in its %s', (setting, wanted, actual) => {
    expect(findDifferences({ [setting]: wanted }, facts)).toEqual([{ setting, wanted, actual }]);
  });

  test('in nothing that is as wanted, that no broker reports, or while it does not exist', () => {
    expect(findDifferences({ partitions: '12', 'retention.ms': '600', 'segment.ms': '1' }, facts)).toEqual(
      [],
    );
    expect(findDifferences({ partitions: '24' }, toTopicFacts('events', undefined, undefined))).toEqual([]);
  });
});
