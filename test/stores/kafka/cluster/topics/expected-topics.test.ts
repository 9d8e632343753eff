import { describe, expect, it } from 'vitest';
import { createExpectedTopics } from '../../../../../src/stores/kafka/cluster/topics/expected-topics.ts';

describe('createExpectedTopics', () => {
  it('names each topic once, with its role, also one that registrations share, the latest states last', () => {
    const names = [
      { events: 'a', deadLetter: 'dead', latest: 'latest' },
      { events: 'b', deadLetter: 'dead', latest: 'latest' },
    ];
    expect(createExpectedTopics(names, 1000).map(({ topic, role }) => [topic, role])).toEqual([
      ['a', 'events'],
      ['b', 'events'],
      ['dead', 'dead_letter'],
      ['latest', 'latest'],
    ]);
  });

  it('takes what is a dead-letter topic to one registration as such for all', () => {
    const names = [
      { events: 'a', deadLetter: 'b' },
      { events: 'b', deadLetter: 'c' },
    ];
    expect(createExpectedTopics(names, 1000)).toContainEqual({
      topic: 'b',
      role: 'dead_letter',
      largestValueBytes: 1000,
    });
  });
});
