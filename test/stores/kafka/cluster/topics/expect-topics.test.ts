import { describe, expect, it } from 'vitest';
import { expectTopics } from '../../../../../src/stores/kafka/cluster/topics/expect-topics.ts';

describe('expectTopics', () => {
  it('names each topic once, with its role', () => {
    const names = [
      { events: 'a', deadLetter: 'dead' },
      { events: 'b', deadLetter: 'dead' },
    ];
    expect(expectTopics(names, 1000).map(({ topic, role }) => [topic, role])).toEqual([
      ['a', 'events'],
      ['b', 'events'],
      ['dead', 'dead_letter'],
    ]);
  });

  it('names a topic that several registrations share once, the latest-state topics last', () => {
    const names = [
      { events: 'events', deadLetter: 'dead', latest: 'latest' },
      { events: 'other', deadLetter: 'dead', latest: 'latest' },
    ];
    expect(expectTopics(names, 1000).map(({ topic }) => topic)).toEqual([
      'events',
      'other',
      'dead',
      'latest',
    ]);
  });

  it('takes what is a dead-letter topic to one registration as such for all', () => {
    const names = [
      { events: 'a', deadLetter: 'b' },
      { events: 'b', deadLetter: 'c' },
    ];
    expect(expectTopics(names, 1000)).toContainEqual({
      topic: 'b',
      role: 'dead_letter',
      largestValueBytes: 1000,
    });
  });
});
