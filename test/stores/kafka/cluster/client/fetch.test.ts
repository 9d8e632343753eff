import { expect, test } from 'vitest';
import { fetchPartitions } from '../../../../../src/stores/kafka/cluster/client/fetch.ts';
import { KafkaAnswerError } from '../../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { createFakeKafkaRoutes } from '../../../../support/fake-kafka-routes.ts';
import { createFakePartitionCalls } from '../../../../support/filter/fake-partition-calls.ts';

const mebibyte = 1024 * 1024;
const position = (partition: number) => ({ topic: 'events', partition, offset: 10 });
const fetched = (errorCode = 0) => ({
  ...{ errorCode, highWatermark: 1, lastStableOffset: 1, abortedTransactions: [] },
  recordSet: Buffer.alloc(0),
});

/** Partition 7 has no leader, all others have the one at this port. */
function setUp(portOf: (partition: number) => number, answer: unknown) {
  const calls = createFakePartitionCalls(() => answer);
  const routes = createFakeKafkaRoutes({
    async leaderOf(_topic, partition) {
      if (partition === 7) {
        throw new KafkaAnswerError('reroute', 5, 'no leader');
      }
      return { host: 'broker', port: portOf(partition) };
    },
  });
  const fetch = (...partitions: readonly number[]) =>
    fetchPartitions({ calls, routes }, partitions.map(position), 500);
  return { calls, fetch };
}

const wholeAnswer = (...partitions: readonly number[]) => ({
  topics: new Map([['events', new Map(partitions.map((partition) => [partition, fetched()]))]]),
});

test('each broker is asked once for all of its partitions, in the order of the list', async () => {
  const { calls, fetch } = setUp((partition) => partition % 2, wholeAnswer(0, 1, 2, 3));
  const found = await fetch(3, 2, 1, 0);
  expect(found.map((each) => each.position.partition)).toEqual([3, 1, 2, 0]);
  expect(calls.asked.map(({ call }) => call.parameters)).toMatchObject([
    { topics: [{ topic: 'events', partitions: [{ partition: 3 }, { partition: 1 }] }] },
    { topics: [{ topic: 'events', partitions: [{ partition: 2 }, { partition: 0 }] }] },
  ]);
});

test('a broker gives a mebibyte, however many partitions share it, and each has room for some records', async () => {
  const bytesOf = async (count: number) => {
    const { calls, fetch } = setUp(() => 1, wholeAnswer());
    await fetch(...Array.from({ length: count }, (_, index) => 100 + index));
    const [first] = calls.asked;
    return first?.call.parameters as { maxBytes: number; topics: { partitions: { maxBytes: number }[] }[] };
  };
  for (const [count, bytesEach] of [
    [1, mebibyte],
    [4, mebibyte / 4],
    [1_000, mebibyte / 16],
  ] as const) {
    const { maxBytes, topics } = await bytesOf(count);
    expect([maxBytes, topics[0]?.partitions[0]?.maxBytes]).toEqual([mebibyte, bytesEach]);
  }
});

test('a partition without a leader holds up no other, and when none has one that is the failure', async () => {
  const { fetch } = setUp(() => 1, wholeAnswer(1));
  expect((await fetch(7, 1)).map((each) => each.position.partition)).toEqual([1]);
  await expect(fetch(7)).rejects.toThrow('no leader');
  expect(await fetch()).toEqual([]);
});

test('a partition that an answer leaves out is left out, an error of it is its own, and one of all is thrown', async () => {
  expect(await setUp(() => 1, wholeAnswer(1)).fetch(1, 2)).toHaveLength(1);
  const topics = new Map([['events', new Map([[1, fetched(1)]])]]);
  expect(await setUp(() => 1, { topics }).fetch(1)).toMatchObject([{ fetched: { errorCode: 1 } }]);
  const refused = setUp(() => 1, { failed: fetched(29), topics: new Map() });
  await expect(refused.fetch(1)).rejects.toMatchObject({ errorCode: 29 });
});
