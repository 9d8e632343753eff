import { expect, test } from 'vitest';
import { createSharedConnections } from '../../../../../src/stores/kafka/consume/filter/shared-connections.ts';
import {
  createFakeKafkaConnection,
  type FakeKafkaConnection,
} from '../../../../support/fake-kafka-connection.ts';

const broker = { host: 'a', port: 9092 };
const call = { api: 'Heartbeat', parameters: {} } as const;

function setUp(maxPerBroker: number) {
  const opened: FakeKafkaConnection[] = [];
  const answers: ((value: unknown) => void)[] = [];
  const shared = createSharedConnections({
    maxPerBroker,
    openConnection(address) {
      const connection = createFakeKafkaConnection(
        address,
        () => new Promise((resolve) => answers.push(resolve)),
      );
      opened.push(connection);
      return connection;
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { shared, opened, answers, settle };
}

test('many owners share a bounded number of connections to a broker', async () => {
  const { shared, opened, answers, settle } = setUp(2);
  const all = Array.from({ length: 6 }, (_, index) => shared.lease(index).call(broker, call));
  await settle();
  expect(opened).toHaveLength(2);
  answers.forEach((answer, index) => {
    answer(index);
  });
  expect(new Set(await Promise.all(all))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
});

test('an owner that ends waits no longer, and the connection stays for the others', async () => {
  const { shared, opened, answers, settle } = setUp(1);
  const [first, second] = [shared.lease(0), shared.lease(1)];
  const ended = first.call(broker, call);
  const kept = second.call(broker, call);
  await settle();
  first.close();
  await expect(ended).rejects.toMatchObject({ name: 'ConnectionError', reason: 'connection' });
  await expect(first.call(broker, call)).rejects.toThrow('the owner of this request has ended');
  expect(opened[0]?.isClosed()).toBe(false);
  answers[1]?.('answer');
  expect(await kept).toBe('answer');
  shared.close();
  expect(opened[0]?.isClosed()).toBe(true);
});

test('an owner that comes again has the same connections, and does not meet the next one that never answers', async () => {
  const { shared, opened, settle } = setUp(4);
  for (const owner of [5, 5, 1, 9]) {
    const lease = shared.lease(owner);
    lease.call(broker, call).catch(() => undefined);
    await settle();
    lease.close();
  }
  expect(opened).toHaveLength(1);
  shared.close();
});
