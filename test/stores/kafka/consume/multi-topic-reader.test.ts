import { expect, test } from 'vitest';
import { MultiTopicReader } from '../../../../src/stores/kafka/consume/multi-topic-reader.ts';
import type { TopicPositions } from '../../../../src/stores/kafka/consume/topic-positions.ts';

const mebibyte = 1024 * 1024;

test.each([
  { follow: false, partitionCount: 1, fetches: 1, maxBytes: mebibyte },
  { follow: false, partitionCount: 100, fetches: 16, maxBytes: mebibyte / 2 },
  { follow: true, partitionCount: 100, fetches: 100, maxBytes: 83_886 },
  { follow: true, partitionCount: 1_000, fetches: 1_000, maxBytes: 64 * 1024 },
])(
  'of $partitionCount partitions, followed $follow, $fetches are fetched at once, up to $maxBytes bytes of each',
  async ({ follow, partitionCount, fetches, maxBytes }) => {
    const open = Array.from({ length: partitionCount }, (_, partition) => ({
      ...{ topic: 'events', partition, offset: 0, end: 1, readTo: () => {} },
    }));
    const fetched: number[] = [];
    const reading = new MultiTopicReader({
      reader: {
        async fetch(_of, options) {
          fetched.push(options.maxBytes);
          return { records: [], nextOffset: 1 } as never;
        },
      },
      topics: new Map([['events', { open, has: () => true, isInDoubt: false } as unknown as TopicPositions]]),
      explain: async (error) => error,
      observer: { onStart: () => {}, onProgress: () => {}, onWarning: () => {} },
      signal: new AbortController().signal,
      follow,
    });
    await reading.next();
    expect(fetched).toEqual(Array.from({ length: fetches }, () => maxBytes));
  },
);
