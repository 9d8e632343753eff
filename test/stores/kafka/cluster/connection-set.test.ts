import { expect, test } from 'vitest';
import { createConnectionSet } from '../../../../src/stores/kafka/cluster/connection-set.ts';
import type { BrokerAddress } from '../../../../src/stores/kafka/cluster/kafkajs/broker-address.ts';
import type { KafkaCall } from '../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import {
  createFakeKafkaConnection,
  type FakeKafkaConnection,
} from '../../../support/fake-kafka-connection.ts';

const a = { host: 'a', port: 9092 };
const b = { host: 'b', port: 9092 };
const call: KafkaCall = { api: 'Heartbeat', parameters: {} };

function setUp(connect: (opened: readonly FakeKafkaConnection[]) => Promise<void> = async () => {}) {
  const opened: FakeKafkaConnection[] = [];
  let failure: Error | undefined;
  const answer = async (): Promise<unknown> => {
    if (failure !== undefined) {
      throw failure;
    }
    return 'answer';
  };
  const set = createConnectionSet((address: BrokerAddress) => {
    const connection = createFakeKafkaConnection(address, answer, () => connect(opened));
    opened.push(connection);
    return connection;
  });
  return {
    set,
    opened,
    failWith(error: Error) {
      failure = error;
    },
  };
}

test('each broker has one connection, made when it is first needed and used by all', async () => {
  const { set, opened } = setUp();
  expect(opened).toHaveLength(0);
  expect(await Promise.all([set.call(a, call), set.call(a, call), set.call(b, call)])).toEqual([
    'answer',
    'answer',
    'answer',
  ]);
  expect(await set.supports(a, 'Fetch', 9)).toBe(true);
  expect(await set.supports(a, 'Fetch', 10)).toBe(false);
  expect(opened.map(({ address }) => address)).toEqual([a, b]);
});

test('a connection that gave no answer is thrown away, and those to other brokers stay', async () => {
  const { set, opened, failWith } = setUp();
  await set.call(b, call);
  failWith(new Error('cut'));
  await expect(set.call(a, call)).rejects.toThrow('cut');
  expect(opened.map((each) => each.isClosed())).toEqual([false, true]);
  await expect(set.call(a, call)).rejects.toThrow('cut');
  expect(opened.map(({ address }) => address.host)).toEqual(['b', 'a', 'a']);
});

test('a connection that the broker ended is made anew', async () => {
  const { set, opened } = setUp();
  await set.call(a, call);
  opened[0]?.close();
  await set.call(a, call);
  expect(opened).toHaveLength(2);
});

test('of a broker that cannot be reached the error says that nothing was sent', async () => {
  const { set } = setUp(() => Promise.reject(new Error('refused')));
  await expect(set.call(a, call)).rejects.toMatchObject({
    kind: 'reroute',
    message: 'Broker a:9092 is unreachable',
    cause: { message: 'refused' },
  });
});

test.each([true, false])(
  'a broker that was out of reach once is tried again; its end is told: %s',
  async (isTold) => {
    const { set, opened } = setUp(async ([first, second]) => {
      if (second === undefined) {
        if (isTold) {
          first?.close();
        }
        throw new Error('refused');
      }
    });
    await expect(set.call(a, call)).rejects.toMatchObject({ kind: 'reroute' });
    expect(await set.call(a, call)).toBe('answer');
    expect(opened).toHaveLength(2);
  },
);

test('closed, it ends its connections and makes no others', async () => {
  const { set, opened } = setUp();
  await set.call(a, call);
  set.close();
  expect(opened[0]?.isClosed()).toBe(true);
  await expect(set.call(a, call)).rejects.toMatchObject({ kind: 'fail' });
  expect(opened).toHaveLength(1);
});
