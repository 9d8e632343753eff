import { describe, expect, it } from 'vitest';
import type { DeadLetterStore } from '../../src/ports/dead-letter.ts';
import { openChosenDeadLetters } from '../../src/stores/open-chosen-dead-letters.ts';

const open = async (name: string): Promise<DeadLetterStore> => ({
  name,
  async *records() {},
  note: async () => undefined,
  close: async () => undefined,
});

const dead = ['events.dead', 'profiles.dead'];
const topics = dead.map((deadLetter) => ({ events: 'e', deadLetter, latest: 'l' }));

describe('openChosenDeadLetters', () => {
  it.each([
    ['all of them, in their order', {}, dead],
    ['only the one that is named', { topic: 'profiles.dead' }, ['profiles.dead']],
    ['one of which a partition is named', { topic: 'events.dead', partition: 2, offset: 7 }, ['events.dead']],
  ])('opens %s', async (_, places, expected) => {
    const stores = await openChosenDeadLetters(places, { topics, what: 'topic', open });
    expect(stores.map(({ name }) => name)).toEqual(expected);
  });

  it.each([
    [
      { topic: 'other' },
      'topic' as const,
      'other is not a dead-letter topic of this configuration: it has events.dead, profiles.dead',
    ],
    [{ partition: 0 }, 'queue' as const, '--partition and --offset need Kafka: a queue has neither'],
    [{ offset: 1 }, 'stream' as const, '--partition and --offset need Kafka: a stream has neither'],
  ])('refuses %j of a store with a %s', async (places, what, message) => {
    await expect(openChosenDeadLetters(places, { topics, what, open })).rejects.toThrow(message);
  });
});
