import { expect, test } from 'vitest';
import type { PartitionCalls } from '../../../../../src/stores/kafka/cluster/client/partition-calls.ts';
import { errorCodes } from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import { TransactionSession } from '../../../../../src/stores/kafka/consume/filter/transaction-session.ts';
import { WireReader } from '../../../../../src/stores/kafka/wire/wire-reader.ts';
import { encodeRecordBody } from '../../../../../src/stores/kafka/wire/write-record-batch.ts';
import { bytesOf } from '../../../../support/bytes-of.ts';
import { createFakeClock } from '../../../../support/fake-clock.ts';
import { createFakePartitionCalls } from '../../../../support/filter/fake-partition-calls.ts';
import { readRecordBatches } from '../../../../support/kafka/read-record-batches.ts';

const latest = { topic: 'latest', partition: 3 };

interface Batch {
  readonly values: readonly (string | undefined)[];
  readonly sequence: number;
  readonly partition: number;
}

function readBatch(body: Buffer): Batch {
  const reader = new WireReader(body);
  reader.string(); // transactional id
  reader.skip(2 + 4 + 4); // acks, timeout, one topic
  reader.string();
  reader.skip(4); // one partition
  const partition = reader.int32();
  const set = reader.bytes();
  const values = readRecordBatches(set, 0, []).records.map(({ value }) => value?.toString());
  return { values, sequence: set.readInt32BE(53), partition };
}

/** A leader whose next offset is 100. It rejects batches that contain the value `refused`. */
function setUp(
  change: (stored: object, batch: Batch) => object = (stored) => stored,
  maxBatchBytes = 900_000,
) {
  const batches: Batch[] = [];
  let nextOffset = 100;
  const calls = createFakePartitionCalls(({ codec }) => {
    const batch = readBatch(bytesOf(codec?.write));
    batches.push(batch);
    const isRefused = batch.values.includes('refused');
    const stored = {
      partition: batch.partition,
      errorCode: isRefused ? errorCodes.MESSAGE_TOO_LARGE : 0,
      baseOffset: isRefused ? '-1' : String(nextOffset),
    };
    nextOffset += isRefused ? 0 : batch.values.length;
    return { topics: [{ partitions: [change(stored, batch)] }] };
  });
  const producer = createProducer(calls, maxBatchBytes);
  return { producer, calls, batches };
}

function createProducer(calls: PartitionCalls, maxBatchBytes: number) {
  const deps = { calls, transactionalId: 'id', groupId: 'group', maxBatchBytes };
  const clock = createFakeClock();
  return new TransactionSession(
    { ...deps, compressor: undefined, clock, transactionTimeoutMs: 30_000 },
    { producerId: 4711n, producerEpoch: 2 },
  );
}

const toRecords = (...values: readonly string[]) =>
  values.map((value) => ({
    timestampMs: 5,
    body: encodeRecordBody({ key: null, value: Buffer.from(value), headers: {} }),
  }));

/** Size in bytes of a record, including the overhead of its batch. */
const toBytes = (record: { readonly body: Buffer } | undefined) => (record?.body.length ?? 0) + 24;

test('a batch goes to the leader of its partition, and waits for all replicas', async () => {
  const { producer, calls } = setUp();
  expect(await producer.produce(latest, toRecords('a', 'b'))).toEqual({
    rejected: [],
    appended: { start: 100, end: 102 },
  });
  expect(calls.asked).toMatchObject([
    {
      to: latest,
      call: { api: 'Produce', parameters: { transactionalId: 'id', acks: -1 }, codec: { version: 7 } },
    },
  ]);
});

test('no records are no request', async () => {
  const { producer, batches } = setUp();
  expect(await producer.produce(latest, [])).toEqual({ rejected: [] });
  expect(batches).toEqual([]);
});

test('each partition has numbers of its own, and a refused batch takes none', async () => {
  const { producer, batches } = setUp();
  const other = { topic: 'latest', partition: 4 };
  await producer.produce(latest, toRecords('a', 'b'));
  await producer.produce(latest, toRecords('refused'));
  await producer.produce(other, toRecords('c'));
  await producer.produce(latest, toRecords('d'));
  expect(batches.map(({ partition, sequence }) => [partition, sequence])).toEqual([
    [3, 0],
    [3, 2],
    [4, 0],
    [3, 2],
  ]);
});

test('records that are all refused are all named, and nothing is appended', async () => {
  const { producer, batches } = setUp();
  expect(await producer.produce(latest, toRecords('refused', 'refused', 'refused'))).toEqual({
    rejected: [0, 1, 2],
  });
  expect(batches.map(({ values }) => values.length)).toEqual([3, 2, 1, 1, 1]);
});

test('a log that is recreated between two parts is told by the offset of the later one', async () => {
  const records = toRecords('a', 'b', 'c');
  const toNewLog = (stored: object, { values }: Batch) =>
    values.includes('c') ? { ...stored, baseOffset: '0' } : stored;
  const { producer } = setUp(toNewLog, 2 * toBytes(records[0]) + 1);
  expect(await producer.produce(latest, records)).toEqual({ rejected: [], appended: { start: 0, end: 1 } });
});

test('a refused record of a later part is named by its place among all', async () => {
  const records = toRecords('a', 'b', 'c', 'refused', 'd');
  // Two records of the usual size fit into one batch.
  const { producer, batches } = setUp(undefined, 2 * toBytes(records[3]) - 1);
  expect(await producer.produce(latest, records)).toEqual({
    rejected: [3],
    appended: { start: 100, end: 104 },
  });
  expect(batches.map(({ values }) => values)).toEqual([
    ['a', 'b'],
    ['c', 'refused'],
    ['c'],
    ['refused'],
    ['d'],
  ]);
});

test('a part holds as many records as fit, and a larger record goes alone', async () => {
  const records = toRecords('a', 'b', 'c', 'd', 'x'.repeat(500), 'e');
  const each = toBytes(records[1]);
  const sizesOf = async (maxBatchBytes: number) => {
    const { producer, batches } = setUp(undefined, maxBatchBytes);
    await producer.produce(latest, records);
    return batches.map(({ values }) => values.length);
  };
  expect(await sizesOf(2 * each)).toEqual([2, 2, 1, 1]);
  expect(await sizesOf(2 * each - 1)).toEqual([1, 1, 1, 1, 1, 1]);
});

test('what is no refusal ends the search for refused records', async () => {
  const { producer, batches } = setUp((stored, { values }) =>
    values.length === 1 ? { ...stored, errorCode: errorCodes.PRODUCER_FENCED } : stored,
  );
  await expect(producer.produce(latest, toRecords('a', 'refused'))).rejects.toMatchObject({ kind: 'fenced' });
  expect(batches.map(({ values }) => values)).toEqual([['a', 'refused'], ['a']]);
});
