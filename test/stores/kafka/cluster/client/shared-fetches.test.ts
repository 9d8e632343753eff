import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPartitionConnections } from '../../../../../src/stores/kafka/cluster/client/partition-connections.ts';
import type { BrokerAddress } from '../../../../../src/stores/kafka/cluster/kafkajs/broker-address.ts';
import type {
  KafkaCall,
  KafkaConnection,
} from '../../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import {
  type FetchedPartition,
  type FetchedPartitions,
  findPartition,
} from '../../../../../src/stores/kafka/wire/fetch-codec.ts';

const broker = { host: 'broker', port: 9092 };

interface Asked {
  readonly call: KafkaCall;
  /** Partition numbers in order. */
  readonly partitions: readonly number[];
  readonly maxBytes: readonly number[];
  answer(value: unknown): void;
  fail(error: Error): void;
}

function setUp(maxPerBroker = 2) {
  const asked: Asked[] = [];
  let opened = 0;
  const openConnection = (address: BrokerAddress): KafkaConnection => {
    opened += 1;
    return {
      address,
      connect: async () => undefined,
      isOpen: () => true,
      supports: () => true,
      throttledUntil: () => 0,
      onEnd: () => undefined,
      close: () => undefined,
      call: (call) =>
        new Promise((answer, fail) => {
          const { topics = [] } = call.parameters as {
            topics?: { partitions: { partition: number; maxBytes: number }[] }[];
          };
          const wanted = topics.flatMap(({ partitions }) => partitions);
          asked.push({
            call,
            partitions: wanted.map(({ partition }) => partition),
            maxBytes: wanted.map(({ maxBytes }) => maxBytes),
            answer,
            fail,
          });
        }),
    };
  };
  const connections = createPartitionConnections({
    openConnection,
    maxPerBroker: { fetching: maxPerBroker, others: 1 },
  });
  const fetch = async (partition: number, maxWaitMs = 500, { signal } = new AbortController()) => {
    const answer = await connections.of(partition, signal).call(broker, {
      api: 'Fetch',
      parameters: {
        ...{ topic: 'events', partition, fetchOffset: 10, currentLeaderEpoch: -1 },
        ...{ maxWaitMs, maxBytes: 1_048_576 },
      },
    });
    return findPartition(answer as FetchedPartitions, { topic: 'events', partition });
  };
  return { asked, fetch, opened: () => opened };
}

const settle = () => delay(5);

/** A batch of 20 bytes. */
const wholeBatch = Buffer.concat([Buffer.alloc(8), Buffer.from([0, 0, 0, 8]), Buffer.alloc(8)]);

function toAnswer(partitions: Readonly<Record<number, Partial<FetchedPartition>>>): FetchedPartitions {
  const none = {
    ...{ errorCode: 0, highWatermark: 12, lastStableOffset: 10 },
    ...{ abortedTransactions: [], recordSet: Buffer.alloc(0) },
  };
  const ofTopic = Object.entries(partitions).map(
    ([partition, found]) => [Number(partition), { ...none, ...found }] as const,
  );
  return { topics: new Map([['events', new Map(ofTopic)]]) };
}

test('what waits for a connection goes out together, and each gets its own part of the answer', async () => {
  const { asked, fetch, opened } = setUp();
  const first = [fetch(0), fetch(1, 100)];
  await settle();
  const second = [fetch(2)];
  await settle();
  const third = [fetch(3), fetch(4)];
  await settle();
  expect(asked.map(({ partitions }) => partitions)).toEqual([[0, 1], [2]]);
  expect(asked[0]?.call.parameters).toMatchObject({ maxWaitTime: 100, maxBytes: 2_097_152 });

  asked[0]?.answer(toAnswer({ 1: { recordSet: wholeBatch, lastStableOffset: 11 }, 0: {} }));
  expect((await first[0])?.recordSet).toHaveLength(0);
  expect((await first[1])?.recordSet).toEqual(wholeBatch);
  await settle();
  expect(asked[2]?.partitions).toEqual([3, 4]);
  asked[1]?.fail(new Error('cut'));
  await expect(second[0]).rejects.toThrow('cut');
  asked[2]?.answer(toAnswer({ 4: { errorCode: 6 } }));
  expect(await third[0]).toBeUndefined();
  expect((await third[1])?.errorCode).toBe(6);
  expect(opened()).toBe(2);
});

test.each([
  ['skipped for lack of room', { recordSet: Buffer.alloc(0), lastStableOffset: 12 }],
  ['cut off within its first batch', { recordSet: wholeBatch.subarray(0, 19), lastStableOffset: 12 }],
  ['cut off before a length', { recordSet: wholeBatch.subarray(0, 5), lastStableOffset: 12 }],
])('a partition that was %s is requested again, alone and in full', async (_what, part) => {
  const { asked, fetch } = setUp(1);
  const many = Array.from({ length: 40 }, (_, partition) => fetch(partition));
  await settle();
  expect(asked[0]?.partitions).toHaveLength(40);
  expect(Math.max(...(asked[0]?.maxBytes ?? []))).toBe(Math.floor((16 * 1024 * 1024) / 40));
  const others = Object.fromEntries(Array.from({ length: 39 }, (_, partition) => [partition, {}]));
  void fetch(40);
  asked[0]?.answer(toAnswer({ ...others, 39: part }));
  await Promise.all(many.slice(0, 39));
  await settle();
  expect(asked[1]).toMatchObject({ partitions: [39], maxBytes: [1_048_576] });
  // If a request asks for a single partition, even a truncated batch is a valid response.
  asked[1]?.answer(toAnswer({ 39: part }));
  expect((await many[39])?.recordSet).toEqual(part.recordSet);
});

test('a partition that is requested alone gets its answer, without records too', async () => {
  const { asked, fetch } = setUp();
  const only = fetch(0);
  await settle();
  asked[0]?.answer(toAnswer({ 0: { lastStableOffset: 12 } }));
  expect(await only).toMatchObject({ errorCode: 0, lastStableOffset: 12 });
});

test('what nobody waits for any more is not requested, and disturbs nobody', async () => {
  const { asked, fetch } = setUp(1);
  const [first, second] = [new AbortController(), new AbortController()];
  void fetch(0, 500, first);
  await settle();
  void fetch(1, 500, second);
  const kept = fetch(2);
  first.abort();
  second.abort();
  asked[0]?.answer(toAnswer({ 0: {} }));
  await settle();
  expect(asked[1]?.partitions).toEqual([2]);
  asked[1]?.answer(toAnswer({ 2: {} }));
  expect(await kept).toMatchObject({ errorCode: 0 });
});

test('an answer that is an error as a whole is everybody’s', async () => {
  const { asked, fetch } = setUp();
  const both = [fetch(0), fetch(1)];
  await settle();
  asked[0]?.answer({ failed: { errorCode: 71 }, partitions: [] });
  expect((await Promise.all(both)).map((each) => each?.errorCode)).toEqual([71, 71]);
});
