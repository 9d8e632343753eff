import { expect, test } from 'vitest';
import { createPartitionConnections } from '../../../../../src/stores/kafka/cluster/client/partition-connections.ts';
import {
  createFakeKafkaConnection,
  type FakeKafkaConnection,
} from '../../../../support/fake-kafka-connection.ts';

const broker = { host: 'a', port: 9092 };
const call = { api: 'InitProducerId', parameters: {} } as const;
const wanted = { topic: 'a', partition: 0, fetchOffset: 0, currentLeaderEpoch: -1 };
const fetch = { api: 'Fetch', parameters: { ...wanted, maxWaitMs: 500, maxBytes: 9 } } as const;
const { signal } = new AbortController();

function setUp(others: number) {
  const opened: FakeKafkaConnection[] = [];
  const asked: string[] = [];
  const answers: ((value: unknown) => void)[] = [];
  const connections = createPartitionConnections({
    maxPerBroker: { fetching: 1, others },
    openConnection(address) {
      const connection = createFakeKafkaConnection(address, ({ api }) => {
        asked.push(`${api} over ${opened.indexOf(connection)}`);
        return new Promise((resolve) => answers.push(resolve));
      });
      opened.push(connection);
      return connection;
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { connections, opened, asked, answers, settle };
}

test('many partitions share a bounded number of connections to a broker', async () => {
  const { connections, opened, answers, settle } = setUp(2);
  const all = Array.from({ length: 6 }, (_, partition) =>
    connections.of(partition, signal).call(broker, call),
  );
  void connections.of(0, signal).call(broker, fetch);
  await settle();
  await settle();
  expect(opened).toHaveLength(3);
  answers.forEach((answer, index) => {
    answer(index);
  });
  expect(new Set(await Promise.all(all))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  connections.close();
  expect(opened.map((connection) => connection.isClosed())).toEqual([true, true, true]);
});

test('a Fetch, which waits for records, holds up no other request', async () => {
  const { connections, asked, settle } = setUp(1);
  const { call: ask } = connections.of(0, signal);
  void ask(broker, fetch);
  await settle();
  await settle();
  void ask(broker, call);
  await settle();
  expect(asked).toEqual(['Fetch over 0', 'InitProducerId over 1']);
});

test('a partition that is redelivered has the same connections, and does not meet the next one that never answers', async () => {
  const { connections, opened, settle } = setUp(4);
  for (const partition of [5, 5, 1, 9]) {
    void connections.of(partition, signal).call(broker, call);
    await settle();
  }
  expect(opened).toHaveLength(1);
});
