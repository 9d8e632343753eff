import { describe, expect, test } from 'vitest';
import { toTopicFacts } from '../../../../../src/stores/kafka/cluster/topics/topic-facts.ts';
import {
  findDifferences,
  settingsFor,
} from '../../../../../src/stores/kafka/cluster/topics/wanted-settings.ts';

const partition = { leader: 1, replicas: [1, 2, 3], inSyncCount: 3 };
const facts = toTopicFacts(
  'events',
  { partitions: Array.from({ length: 12 }, () => partition) },
  new Map([['retention.ms', '600']]),
);

test('one for the role wins over one for all', () => {
  const chosen = [
    { role: 'dead-letter', name: 'retention.ms', value: '-1' },
    { role: undefined, name: 'retention.ms', value: '600' },
  ] as const;
  expect(settingsFor('dead_letter', chosen)).toEqual({ 'retention.ms': '-1' });
  expect(settingsFor('events', chosen)).toEqual({ 'retention.ms': '600' });
});

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
