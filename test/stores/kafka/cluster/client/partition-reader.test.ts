import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createPartitionReader } from '../../../../../src/stores/kafka/cluster/client/partition-reader.ts';
import {
  type ReaderMemoryAllowance,
  ReadMemoryLimiter,
} from '../../../../../src/stores/kafka/cluster/client/read-memory.ts';
import { errorCodes } from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import type { FetchedPartitions } from '../../../../../src/stores/kafka/wire/fetch-codec.ts';
import { WireWriter } from '../../../../../src/stores/kafka/wire/wire-writer.ts';
import { writeRecordBatch } from '../../../../../src/stores/kafka/wire/write-record-batch.ts';
import { bytesOf } from '../../../../support/bytes-of.ts';
import { createFakeKafkaRoutes } from '../../../../support/fake-kafka-routes.ts';
import { createFakePartitionCalls } from '../../../../support/filter/fake-partition-calls.ts';
import { toBlankRecords, toCompressedBatch } from '../../../../support/kafka/compressed-batch.ts';

const of = { topic: 'events', partition: 3 };
const neverReleased = new AbortController().signal;
const options = { fromOffset: 40, maxWaitMs: 500, maxBytes: 1_000 };

/** Records from offset 40 on, written by the leader of epoch 7. */
function toRecordSet(...values: readonly string[]): Buffer {
  const writer = new WireWriter(64);
  const records = values.map((value) => ({ key: 'k', value: Buffer.from(value), headers: {} }));
  writeRecordBatch(writer, records, { now: 5 });
  const set = writer.written();
  set.writeBigInt64BE(40n, 0);
  set.writeInt32BE(7, 12);
  return set;
}

/** Returns a response that is the same for every partition. */
const toFetched = (recordSet: Buffer, errorCode = 0): FetchedPartitions => {
  const fetched = { errorCode, highWatermark: 90, lastStableOffset: 90, abortedTransactions: [], recordSet };
  return { topics: new Map([['events', new Map([3, 4].map((partition) => [partition, fetched]))]]) };
};

function setUp(
  answer: unknown,
  view: { leaderEpoch?: number } = { leaderEpoch: 8 },
  supports = true,
  memory?: ReaderMemoryAllowance,
) {
  const versions: unknown[] = [];
  const calls = createFakePartitionCalls(
    () => answer,
    async (...asked) => {
      versions.push(asked);
      return supports;
    },
  );
  const routes = createFakeKafkaRoutes({ viewOf: async () => view });
  const reader = createPartitionReader({ calls, routes, memory });
  return { reader, calls, versions };
}

test('a fetch names the epoch of the leader that it expects, if it expects one', async () => {
  const { reader, calls } = setUp(toFetched(Buffer.alloc(0)));
  await reader.fetch(of, options);
  await reader.fetch(of, { ...options, leaderEpoch: async () => 8 });
  expect(calls.asked).toEqual(
    [-1, 8].map((currentLeaderEpoch) => ({
      to: of,
      call: {
        api: 'Fetch',
        parameters: { ...of, fetchOffset: 40, currentLeaderEpoch, maxWaitMs: 500, maxBytes: 1_000 },
      },
    })),
  );
});

test('what was fetched ends where open transactions begin, and names who wrote it', async () => {
  const recordSet = toRecordSet('a', 'b');
  const read = await setUp(toFetched(recordSet)).reader.fetch(of, options);
  expect(read).toMatchObject({ nextOffset: 42, endOffset: 90, lastEpoch: 7, byteCount: recordSet.length });
  expect(read.records.map(({ value }) => value?.toString())).toEqual(['a', 'b']);
});

test.each([
  ['stays', 2, true],
  ['is copied out of a larger one, which would stay in memory as a whole', 2.1, false],
])('a part of an answer %s', async (_what, factor, isSame) => {
  const recordSet = toRecordSet('a');
  const answer = Buffer.from(new ArrayBuffer(recordSet.length * factor));
  recordSet.copy(answer);
  const { reader } = setUp(toFetched(answer.subarray(0, recordSet.length)));
  const [record] = (await reader.fetch(of, options)).records;
  expect([record?.value?.toString(), record?.value?.buffer === answer.buffer]).toEqual(['a', isSame]);
});

test('an answer of more than half of what was allowed is full', async () => {
  const recordSet = toRecordSet('a');
  const { reader } = setUp(toFetched(recordSet));
  const isFull = async (maxBytes: number) => (await reader.fetch(of, { ...options, maxBytes })).isFull;
  expect([await isFull(2 * recordSet.length), await isFull(2 * recordSet.length - 1)]).toEqual([false, true]);
});

describe('what becomes more than was allowed', () => {
  const kibibyte = 1024;
  const toBatch = (baseOffset: number, count: number, valueBytes = kibibyte) =>
    toCompressedBatch(toBlankRecords(count, valueBytes), { codec: 'zstd', baseOffset });
  const sets = toFetched(Buffer.concat([toBatch(40, 50), toBatch(90, 50), toBatch(140, 50)]));
  const allowed = { ...options, maxBytes: 60 * kibibyte };

  test('is read part by part, from one answer', async () => {
    const { reader, calls } = setUp(sets);
    const first = await reader.fetch(of, allowed);
    expect([first.records.length, first.nextOffset, first.isFull]).toEqual([100, 140, true]);
    const second = await reader.fetch(of, { ...allowed, fromOffset: 140 });
    expect([second.records.length, second.nextOffset, second.isFull]).toEqual([50, 190, false]);
    expect(calls.asked).toHaveLength(1);
    await reader.fetch(of, { ...allowed, fromOffset: 40 });
    expect(calls.asked).toHaveLength(2);
  });

  test('is requested again when another offset or partition is wanted', async () => {
    const { reader, calls } = setUp(sets);
    await reader.fetch(of, allowed);
    await reader.fetch(of, { ...allowed, fromOffset: 90 });
    await reader.fetch({ ...of, partition: 4 }, { ...allowed, fromOffset: 140 });
    expect(calls.asked).toHaveLength(3);
  });

  test('is no longer read when the log has changed meanwhile', async () => {
    const { reader } = setUp(sets);
    await reader.fetch(of, allowed);
    const changed = new Error('made again');
    const leaderEpoch = () => Promise.reject(changed);
    await expect(reader.fetch(of, { ...allowed, fromOffset: 140, leaderEpoch })).rejects.toBe(changed);
  });

  test('counts as what it takes in memory, and a part waits until there is room for it', async () => {
    const memory = new ReadMemoryLimiter(150 * kibibyte);
    const mine = memory.open(neverReleased);
    const { reader } = setUp(sets, undefined, undefined, mine);
    const first = await reader.fetch(of, allowed);
    expect(memory.reservedBytes).toBe(100 * (512 + kibibyte + 9));
    const second = reader.fetch(of, { ...allowed, fromOffset: 140 });
    expect(await Promise.race([second, delay(5, 'waits')])).toBe('waits');
    mine.release(first.nextOffset);
    await second;
    expect(memory.reservedBytes).toBe(50 * (512 + kibibyte + 9));
  });
});

test('a read that fails holds no memory', async () => {
  const memory = new ReadMemoryLimiter(1_000);
  const part = toFetched(toRecordSet('a').subarray(0, -1));
  await expect(
    setUp(part, undefined, undefined, memory.open(neverReleased)).reader.fetch(of, options),
  ).rejects.toThrow();
  expect(memory.reservedBytes).toBe(0);
});

test('nothing yet is no error; a part of a batch alone is one, since it would are redelivered without end', async () => {
  const none = await setUp(toFetched(Buffer.alloc(0))).reader.fetch(of, options);
  expect(none).toMatchObject({ records: [], nextOffset: 40, isFull: false, byteCount: 0 });
  const part = toFetched(toRecordSet('a').subarray(0, -1));
  await expect(setUp(part).reader.fetch(of, options)).rejects.toMatchObject({
    kind: 'fail',
    message: 'the broker returned only part of a record batch of events-3',
  });
});

test('an answer without the partition is requested again; an error has its code', async () => {
  await expect(setUp({ topics: new Map() }).reader.fetch(of, options)).rejects.toMatchObject({
    kind: 'wait',
  });
  const outOfRange = toFetched(Buffer.alloc(0), errorCodes.OFFSET_OUT_OF_RANGE);
  await expect(setUp(outOfRange).reader.fetch(of, options)).rejects.toMatchObject({
    errorCode: errorCodes.OFFSET_OUT_OF_RANGE,
    message: expect.stringMatching(/^cannot read events-3: OFFSET_OUT_OF_RANGE/),
  });
});

test('an epoch that cannot be found ends the read before anything is sent', async () => {
  const { reader, calls } = setUp(toFetched(Buffer.alloc(0)));
  const changed = new Error('made again');
  const leaderEpoch = () => Promise.reject(changed);
  await expect(reader.fetch(of, { ...options, leaderEpoch })).rejects.toBe(changed);
  expect(calls.asked).toEqual([]);
});

const toOffset = (partition: number, offset = '17') => ({
  responses: [{ topic: 'events', partitions: [{ partition, errorCode: 0, offset }] }],
});

test('the offset of a time is of committed records; the end is behind open transactions too', async () => {
  const { reader, calls } = setUp(toOffset(3));
  expect([await reader.offsetAt(of, 1_000), await reader.endOf(of)]).toEqual([17, 17]);
  const toParameters = (isolationLevel: number, timestamp: number) => ({
    replicaId: -1,
    isolationLevel,
    topics: [{ topic: 'events', partitions: [{ partition: 3, timestamp }] }],
  });
  expect(calls.asked.map(({ call }) => call.parameters)).toEqual([
    toParameters(1, 1_000),
    toParameters(0, -1),
  ]);
});

test('an answer about another partition has no offset', async () => {
  await expect(setUp(toOffset(4)).reader.endOf(of)).rejects.toMatchObject({
    kind: 'fail',
    message: 'the response contains no offset of events-3',
  });
});

const toEpochEnd = (change: object = {}) => ({
  responses: [
    { topic: 'events', partitions: [{ partition: 3, errorCode: 0, epoch: 7, endOffset: 60, ...change }] },
  ],
});

test('the end of an epoch is asked of the present leader, by its epoch', async () => {
  const { reader, calls, versions } = setUp(toEpochEnd());
  expect(await reader.epochEnd(of, 7)).toBe(60);
  expect(versions).toEqual([[of, 'OffsetForLeaderEpoch', 3]]);
  const { codec } = calls.asked[0]?.call ?? {};
  // Replica, one topic, one partition, current leader epoch, requested epoch.
  const body = ['ffffffff', '00000001', '00066576656e7473', '00000001', '00000003', '00000008', '00000007'];
  expect([codec?.version, bytesOf(codec?.write).toString('hex')]).toEqual([3, body.join('')]);
});

test('an epoch of the leader that is not known is sent as such; the first of a log is requested, too', async () => {
  const { reader, calls } = setUp(toEpochEnd({ epoch: 0 }), {});
  await reader.epochEnd(of, 0);
  expect(bytesOf(calls.asked[0]?.call.codec?.write).toString('hex')).toMatch(/ffffffff00000000$/);
});

test('a log without that epoch has no end of it, which is not the same as a broker that cannot tell', async () => {
  expect(await setUp(toEpochEnd({ epoch: -1, endOffset: -1 })).reader.epochEnd(of, 7)).toBe(-1);
  const old = setUp(toEpochEnd(), {}, false);
  expect(await old.reader.epochEnd(of, 7)).toBeUndefined();
  expect(old.calls.asked).toEqual([]);
});

test('the end of an unknown epoch is not requested', async () => {
  const { reader, calls, versions } = setUp(toEpochEnd());
  expect(await reader.epochEnd(of, -1)).toBeUndefined();
  expect([calls.asked, versions]).toEqual([[], []]);
});

test.each([
  ['an error', { errorCode: errorCodes.FENCED_LEADER_EPOCH }, { kind: 'reroute' }],
  ['about another partition', { partition: 4 }, { kind: 'fail', errorCode: -1 }],
])('an answer that is %s gives no end of an epoch', async (_what, change, error) => {
  await expect(setUp(toEpochEnd(change)).reader.epochEnd(of, 7)).rejects.toMatchObject({
    ...error,
    message: expect.stringMatching(/^cannot find the end of leader epoch 7 of events-3: /),
  });
});
