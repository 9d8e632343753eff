import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { offsetTimes } from '../../../../../src/stores/kafka/cluster/client/list-offsets.ts';
import {
  describeUnreadPartitions,
  readFirstRecord,
  readToCurrentEnd,
} from '../../../../../src/stores/kafka/cluster/client/read-range.ts';
import { inVirtualTime } from '../../../../support/in-virtual-time.ts';

const from = { topic: 'latest', partition: 0 };

/** Creates a log that ends at offset `end`. Each fetch advances to the next of these offsets, or returns nothing. */
function createReader(first: number, end: number, steps: readonly (number | 'empty')[]) {
  const fetched: number[] = [];
  const left = [...steps];
  return {
    fetched,
    offsetAt: async (_of: object, timestamp: number) => (timestamp === offsetTimes.end ? end : first),
    endOf: async () => end,
    async fetch(_from: object, { fromOffset }: { readonly fromOffset: number }) {
      fetched.push(fromOffset);
      const step = left.shift() ?? 'empty';
      const isEmpty = step === 'empty';
      return {
        records: [],
        nextOffset: isEmpty ? fromOffset : step,
        endOffset: end,
        isFull: false,
        lastEpoch: -1,
        byteCount: isEmpty ? 0 : 100,
      };
    },
  };
}

async function read(reader: ReturnType<typeof createReader>): Promise<number> {
  let count = 0;
  for await (const { endOffset } of readToCurrentEnd(reader, from, 5)) {
    expect(endOffset).toBe(20);
    count += 1;
  }
  return count;
}

test('it reads from the first record of that time to the end', async () => {
  const reader = createReader(10, 20, [15, 20]);
  expect(await read(reader)).toBe(2);
  expect(reader.fetched).toEqual([10, 15]);
});

test('the next part is read while one is used', async () => {
  const reader = createReader(10, 20, [15, 20]);
  const parts = readToCurrentEnd(reader, from, 5);
  await parts.next();
  expect(reader.fetched).toEqual([10, 15]);
  await parts.return(undefined);
});

test('a part that cannot be read ends the reading where it is wanted, and disturbs nobody who has ended before', async () => {
  const cut = new Error('cut');
  function readPart() {
    const reader = createReader(10, 20, [15]);
    const fetch: typeof reader.fetch = (...args) =>
      reader.fetched.length === 0 ? reader.fetch(...args) : Promise.reject(cut);
    return readToCurrentEnd({ ...reader, fetch }, from, 5);
  }
  const parts = readPart();
  await parts.next();
  await expect(parts.next()).rejects.toBe(cut);

  const ended = readPart();
  await ended.next();
  // An unhandled rejection would fail the vitest run. This check does not use vitest mocks, because they handle the
  // rejections that they return.
  await ended.return(undefined);
});

test('empty answers are not the end, however many come', async () => {
  const empty = Array.from({ length: 6 }, () => 'empty' as const);
  const reader = createReader(10, 20, ['empty', 15, ...empty, 20]);
  expect(await read(reader)).toBe(2);
  expect(reader.fetched).toEqual([10, 10, ...Array.from({ length: 7 }, () => 15)]);
});

test('offsets that compaction has skipped at the end are passed by the batch behind them', async () => {
  const reader = createReader(10, 20, [15, 27]);
  expect(await read(reader)).toBe(2);
  expect(reader.fetched).toEqual([10, 15]);
});

test('when nothing comes before the end for a minute the reading fails, and names the offset', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const reader = createReader(10, 20, [15]);
  const reading = expect(read(reader)).rejects.toThrow(
    /^Cannot read latest\/0 from offset 15 to 20: the store has returned nothing for 60 s\. The brokers return empty responses/,
  );
  await expect.poll(() => reader.fetched.length).toBeGreaterThan(3);
  vi.advanceTimersByTime(60_000);
  await reading;
});

test.each([
  ['is empty', 20],
  ['has no record of that time', -1],
])('a log that %s is read once, so that a missing right shows', async (_what, first) => {
  const reader = createReader(first, 20, []);
  expect(await read(reader)).toBe(1);
  expect(reader.fetched).toEqual([20]);
});

test('the first record stands behind empty answers, and behind offsets without records', async () => {
  const end = { endOffset: 20, isFull: false, lastEpoch: -1, byteCount: 0 };
  const record = { offset: 14 } as never;
  const answers = [10, 10, 10, 14].map((nextOffset) => ({ ...end, records: [], nextOffset }));
  const fetch = vi.fn().mockResolvedValueOnce(answers[0]);
  for (const answer of [...answers.slice(1), { ...end, records: [record], nextOffset: 15 }]) {
    fetch.mockResolvedValueOnce(answer);
  }
  expect(await readFirstRecord(fetch, from, 10)).toBe(record);
  expect(fetch.mock.calls.flat()).toEqual([10, 10, 10, 10, 14]);

  const none = vi.fn().mockResolvedValue({ ...end, records: [], nextOffset: 20 });
  expect(await readFirstRecord(none, from, 20)).toBeUndefined();
  expect(none).toHaveBeenCalledTimes(1);
});

test('what could not be read is named, and of many partitions how many more there are', () => {
  const parts = Array.from({ length: 7 }, (_, partition) => ({
    ...{ topic: 'latest', partition, offset: 3, end: 9 },
  }));
  expect(describeUnreadPartitions(parts.slice(0, 5))).toMatch(/^latest\/0 .*, latest\/4 from offset 3 to 9$/);
  expect(describeUnreadPartitions(parts)).toMatch(/, latest\/4 from offset 3 to 9, 2 more partitions$/);
});

describe('a transaction that is open', () => {
  test('is waited for when the reading begins: what it hides is read as well', async () => {
    const reader = createReader(10, 20, [15, 20]);
    const stable = [12, 12];
    const offsetAt = async (of: object, time: number) =>
      time === offsetTimes.end ? (stable.shift() ?? 20) : reader.offsetAt(of, time);
    const offsets: number[] = [];
    for await (const { nextOffset } of readToCurrentEnd({ ...reader, offsetAt }, from, 5)) {
      offsets.push(nextOffset);
    }
    expect([offsets, stable]).toEqual([[15, 20], []]);
  });

  test('that stays open for three seconds fails the reading, which names the offsets and how to end it', () =>
    inVirtualTime(async () => {
      const reader = { ...createReader(10, 20, [20]), offsetAt: async () => 12 };
      const parts = readToCurrentEnd(reader, from, 5);
      const startedAt = performance.now();
      await expect(parts.next()).rejects.toThrow(
        /latest\/0: a transaction that began at offset 12 is still open and hides the records from offset 12 to 20\. .* --start-offset 12$/,
      );
      expect(performance.now() - startedAt).toBe(3_000);
      expect(reader.fetched).toEqual([]);
    }));
});
