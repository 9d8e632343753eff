import { expect, test } from 'vitest';
import {
  createFetchCall,
  isCutShortBySizeLimit,
  takeFetchBatch,
} from '../../../../../src/stores/kafka/cluster/client/fetch-batch.ts';

function toPending(
  topic: string,
  partition: number,
  { isAlone = false, maxWaitMs = 500, maxBytes = 1_048_576 } = {},
) {
  const wanted = {
    topic,
    partition,
    fetchOffset: 10,
    currentLeaderEpoch: 8,
    maxWaitMs,
    maxBytes,
  };
  return { wanted, isAlone };
}

test('a batch has each partition once; the second wait for one is left for later', () => {
  const [first, second, again] = [toPending('a', 0), toPending('b', 0), toPending('a', 0)];
  expect(takeFetchBatch([first, second, again])).toEqual({ batch: [first, second], rest: [again] });
});

test('what has to be sent by itself goes before the others', () => {
  const [first, alone] = [toPending('a', 0), toPending('a', 1, { isAlone: true })];
  expect(takeFetchBatch([first, alone])).toEqual({ batch: [alone], rest: [first] });
});

test('one request names each topic once, waits for the shortest time and shares what it may bring', () => {
  const batch = [toPending('a', 0), toPending('b', 2, { maxWaitMs: 100 }), toPending('a', 1)];
  expect(createFetchCall(batch)).toMatchObject({
    api: 'Fetch',
    timeoutMs: 10_100,
    parameters: {
      isolationLevel: 1,
      maxWaitTime: 100,
      maxBytes: 3 * 1_048_576,
      topics: [
        { topic: 'a', partitions: [{ partition: 0 }, { partition: 1 }] },
        { topic: 'b', partitions: [{ partition: 2, currentLeaderEpoch: 8, fetchOffset: 10 }] },
      ],
    },
  });
});

test.each([
  ['no records, and more are there to be read', { lastStableOffset: 11 }, 0, true],
  ['no records at the end of what can be read', { lastStableOffset: 10 }, 0, false],
  ['no records, but an error', { lastStableOffset: 11, errorCode: 6 }, 0, false],
  ['half of the first batch’s length', {}, 11, true],
  ['all but a byte of the first batch', {}, 61, true],
  ['one whole batch', {}, 62, false],
])('an answer with %s', (_what, fetched, length, expected) => {
  const recordSet = Buffer.alloc(62);
  recordSet.writeInt32BE(50, 8);
  const part = {
    ...{ errorCode: 0, highWatermark: 20, lastStableOffset: 20, abortedTransactions: [] },
    ...fetched,
    recordSet: recordSet.subarray(0, length),
  };
  const answer = { topics: new Map([['a', new Map([[0, part]])]]) };
  expect(isCutShortBySizeLimit(toPending('a', 0), answer)).toBe(expected);
  expect(isCutShortBySizeLimit(toPending('a', 1), answer)).toBe(false);
});

test('what one request may bring has a bound, however many partitions it asks for', () => {
  const parameters = (count: number, maxBytes = 1_048_576) =>
    createFetchCall(Array.from({ length: count }, (_, n) => toPending('a', n, { maxBytes }))).parameters;
  expect(parameters(2)).toMatchObject({ maxBytes: 2 * 1_048_576 });
  const each = (maxBytes: number) => [
    { partitions: expect.arrayContaining([expect.objectContaining({ maxBytes })]) },
  ];
  expect(parameters(255)).toMatchObject({ maxBytes: 255 * 65_793, topics: each(65_793) });
  expect(parameters(1_000)).toMatchObject({ maxBytes: 16 * 1_048_576, topics: each(65_536) });
  expect(parameters(1, 2 ** 25)).toMatchObject({ maxBytes: 2 ** 25, topics: each(2 ** 25) });
});
