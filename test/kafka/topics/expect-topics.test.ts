import { describe, expect, it } from 'vitest';
import { expectTopics } from '../../../src/kafka/topics/expect-topics.ts';

describe('expectTopics', () => {
  it('names each topic once, with its role', () => {
    const webhooks = [
      { topic: 'a', deadLetterTopic: 'dead' },
      { topic: 'b', deadLetterTopic: 'dead' },
    ];
    expect(expectTopics(webhooks, 1000).map(({ topic, role }) => [topic, role])).toEqual([
      ['a', 'events'],
      ['b', 'events'],
      ['dead', 'dead_letter'],
    ]);
  });
});
