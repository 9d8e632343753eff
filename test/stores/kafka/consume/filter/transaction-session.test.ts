import { expect, test } from 'vitest';
import type { Clock } from '../../../../../src/runtime/clock.ts';
import type { PartitionCalls } from '../../../../../src/stores/kafka/cluster/client/partition-calls.ts';
import type { KafkaCall } from '../../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { openTransactionSession } from '../../../../../src/stores/kafka/consume/filter/transaction-session.ts';
import { createFakeClock } from '../../../../support/fake-clock.ts';

const latest = { topic: 'latest', partition: 3 };
const toOffset = (topic: string) => ({ topic, partition: 3, offset: 42, metadata: 'mark' });

/** Simulates the coordinators of the group and of the transaction. */
function createBroker(): PartitionCalls {
  const answers: Partial<Record<KafkaCall['api'], (call: KafkaCall) => object>> = {
    InitProducerId: () => ({ errorCode: 0, producerId: '9223372036854775807', producerEpoch: 2 }),
    AddPartitionsToTxn: () => ({ errors: [{ partitionErrors: [{ partition: 3, errorCode: 0 }] }] }),
    TxnOffsetCommit: () => ({ topics: [{ topic: 'events', partitions: [{ partition: 3, errorCode: 0 }] }] }),
  };

  return {
    ask: async (_to, call, check) => check(answers[call.api]?.(call) ?? { errorCode: 0 }),
    read: () => Promise.reject(new Error('nothing is read')),
    supports: async () => true,
  };
}

function open(calls: PartitionCalls, clock: Pick<Clock, 'now'> = createFakeClock()) {
  return openTransactionSession({
    calls,
    groupId: 'filters',
    transactionalId: 'id',
    transactionTimeoutMs: 30_000,
    clock,
    maxBatchBytes: 900_000,
    compressor: undefined,
  });
}

test.each([
  ['AddPartitionsToTxn', { errors: [{ partitionErrors: [{ partition: 4, errorCode: 0 }] }] }],
  ['TxnOffsetCommit', { topics: [{ partitions: [{ partition: 4, errorCode: 0 }] }] }],
  ['AddOffsetsToTxn', { errorCode: -1 }],
])('an answer to %s about another partition, or with an error, is no success', async (api, answer) => {
  const calls = createBroker();
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
  const session = await open(createBroker(), clock);
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
  await session.commitOffsets([toOffset('events')]);
  clock.advance(30_000);
  expect(session.isOverdue()).toBe(true);
});
