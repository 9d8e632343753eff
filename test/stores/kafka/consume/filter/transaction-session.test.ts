import { expect, test } from 'vitest';
import type { Clock } from '../../../../../src/runtime/clock.ts';
import type {
  Destination,
  PartitionCalls,
} from '../../../../../src/stores/kafka/cluster/client/partition-calls.ts';
import { checkErrorCode } from '../../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import type { KafkaCall } from '../../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { openTransactionSession } from '../../../../../src/stores/kafka/consume/filter/transaction-session.ts';
import { WireReader } from '../../../../../src/stores/kafka/wire/wire-reader.ts';
import { encodeRecordBody } from '../../../../../src/stores/kafka/wire/write-record-batch.ts';
import { bytesOf } from '../../../../support/bytes-of.ts';
import { createFakeClock } from '../../../../support/fake-clock.ts';
import { readRecordBatches } from '../../../../support/kafka/read-record-batches.ts';

const latest = { topic: 'latest', partition: 3 };
const toOffset = (topic: string) => ({ topic, partition: 3, offset: 42, metadata: 'mark' });

/** A partition's leader that takes no record whose value is `refused`, and both coordinators. */
function createBroker() {
  const asked: { readonly to: Destination; readonly call: KafkaCall }[] = [];
  const batches: { readonly values: readonly (string | undefined)[]; readonly sequence: number }[] = [];
  let nextOffset = 100;

  function produce(body: Buffer) {
    const reader = new WireReader(body);
    expect(reader.string()).toBe('id');
    reader.skip(2 + 4 + 4);
    expect(reader.string()).toBe('latest');
    reader.skip(4 + 4);
    const set = reader.bytes();
    const values = readRecordBatches(set, 0, []).records.map(({ value }) => value?.toString());
    const isRefused = values.includes('refused');
    const baseOffset = isRefused ? -1 : nextOffset;
    if (!isRefused) {
      batches.push({ values, sequence: set.readInt32BE(53) });
      nextOffset += values.length;
    }
    const errorCode = isRefused ? errorCodes.INVALID_RECORD : 0;
    return { topics: [{ partitions: [{ partition: 3, errorCode, baseOffset: String(baseOffset) }] }] };
  }

  const answers: Partial<Record<KafkaCall['api'], (call: KafkaCall) => object>> = {
    InitProducerId: () => ({ errorCode: 0, producerId: '9223372036854775807', producerEpoch: 2 }),
    Produce: ({ codec }) => produce(bytesOf(codec?.write)),
    AddPartitionsToTxn: () => ({ errors: [{ partitionErrors: [{ partition: 3, errorCode: 0 }] }] }),
    TxnOffsetCommit: () => ({ topics: [{ topic: 'events', partitions: [{ partition: 3, errorCode: 0 }] }] }),
  };

  const calls: PartitionCalls = {
    ask: async (to, call, check) => {
      asked.push({ to, call });
      return check(answers[call.api]?.(call) ?? { errorCode: 0 });
    },
    read: () => Promise.reject(new Error('nothing is read')),
    supports: async () => true,
  };
  return { calls, asked, batches };
}

function open(calls: PartitionCalls, maxBatchBytes = 900_000, clock: Pick<Clock, 'now'> = createFakeClock()) {
  return openTransactionSession({
    calls,
    groupId: 'filters',
    transactionalId: 'id',
    transactionTimeoutMs: 30_000,
    clock,
    maxBatchBytes,
    compressor: undefined,
  });
}

const toRecords = (...values: string[]) =>
  values.map((value) => ({
    timestampMs: 5,
    body: encodeRecordBody({ key: 'k', value: Buffer.from(value), headers: {} }),
  }));

test('a transaction goes to both coordinators, with the identity that it was given', async () => {
  const { calls, asked } = createBroker();
  const session = await open(calls);
  await session.addPartition(latest);
  await session.commitOffsets([toOffset('events')]);
  await session.commit();
  const who = { transactionalId: 'id', producerId: 2n ** 63n - 1n, producerEpoch: 2 };
  const coordinator = { coordinator: 'transaction', key: 'id' };
  expect(asked.slice(1)).toMatchObject([
    {
      to: coordinator,
      call: {
        api: 'AddPartitionsToTxn',
        parameters: { ...who, topics: [{ topic: 'latest', partitions: [3] }] },
      },
    },
    { to: coordinator, call: { api: 'AddOffsetsToTxn', parameters: { ...who, groupId: 'filters' } } },
    {
      to: { coordinator: 'group', key: 'filters' },
      call: {
        api: 'TxnOffsetCommit',
        parameters: {
          topics: [{ topic: 'events', partitions: [{ partition: 3, offset: '42', metadata: 'mark' }] }],
        },
      },
    },
    { to: coordinator, call: { api: 'EndTxn', parameters: { ...who, transactionResult: true } } },
  ]);
});

test('what was done is taken back by an abort', async () => {
  const { calls, asked } = createBroker();
  const session = await open(calls);
  await session.addPartition(latest);
  await session.abort();
  expect(asked.at(-1)).toMatchObject({ call: { api: 'EndTxn', parameters: { transactionResult: false } } });
});

test('records are numbered through all batches of a partition', async () => {
  const { calls, batches } = createBroker();
  const session = await open(calls);
  expect(await session.produce(latest, toRecords('a', 'b'))).toEqual({
    refused: [],
    appended: { start: 100, end: 102 },
  });
  await session.produce(latest, toRecords('c'));
  expect(batches).toEqual([
    { values: ['a', 'b'], sequence: 0 },
    { values: ['c'], sequence: 2 },
  ]);
});

test('records that the broker never takes are found, and the others are appended in order', async () => {
  const { calls, batches } = createBroker();
  const session = await open(calls);
  const produced = await session.produce(latest, toRecords('a', 'b', 'refused', 'c', 'd', 'refused'));
  expect(produced).toEqual({ refused: [2, 5], appended: { start: 100, end: 104 } });
  expect(batches).toEqual([
    { values: ['a', 'b'], sequence: 0 },
    { values: ['c', 'd'], sequence: 2 },
  ]);
});

test('what is larger than a batch may be goes out in parts', async () => {
  const { calls, batches } = createBroker();
  const session = await open(calls, 200);
  const values = Array.from({ length: 6 }, (_, index) => `${index}`.repeat(60));
  expect(await session.produce(latest, toRecords(...values))).toMatchObject({ refused: [] });
  expect(batches.map((batch) => batch.values.length)).toEqual([2, 2, 2]);
  expect(batches.flatMap((batch) => batch.values)).toEqual(values);
});

test('an error that is no refusal ends the session', async () => {
  const { calls } = createBroker();
  const fenced: PartitionCalls = {
    ...calls,
    ask: (to, call, check) =>
      call.api === 'Produce'
        ? Promise.resolve().then(() => {
            checkErrorCode(errorCodes.PRODUCER_FENCED, 'writing', { api: 'Produce' });
            throw new Error('unreachable');
          })
        : calls.ask(to, call, check),
  };
  const session = await open(fenced);
  await expect(session.produce(latest, toRecords('a', 'b'))).rejects.toMatchObject({ kind: 'fenced' });
});

test.each([
  ['AddPartitionsToTxn', { errors: [{ partitionErrors: [{ partition: 4, errorCode: 0 }] }] }],
  ['TxnOffsetCommit', { topics: [{ partitions: [{ partition: 4, errorCode: 0 }] }] }],
])('an answer to %s about another partition is no success', async (api, answer) => {
  const { calls } = createBroker();
  const session = await open({
    ...calls,
    ask: (to, call, check) =>
      call.api === api ? Promise.resolve().then(() => check(answer)) : calls.ask(to, call, check),
  });
  const work = async () => {
    await session.addPartition(latest);
    await session.commitOffsets([toOffset('events')]);
  };
  await expect(work()).rejects.toMatchObject({ kind: 'fail', errorCode: -1 });
});

test('a transaction is overdue once the brokers wait no longer, counted from its first request', async () => {
  const clock = createFakeClock();
  const session = await open(createBroker().calls, 900_000, clock);
  clock.advance(60_000);
  expect(session.isOverdue()).toBe(false);
  await session.addPartition(latest);
  clock.advance(29_999);
  await session.commitOffsets([toOffset('events')]);
  expect(session.isOverdue()).toBe(false);
  clock.advance(1);
  expect(session.isOverdue()).toBe(true);
  await session.commit();
  expect(session.isOverdue()).toBe(false);
});
