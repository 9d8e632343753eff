import type { Options } from 'amqplib';
import { expect, test } from 'vitest';
import type { AmqpConnection } from '../../../src/stores/rabbitmq/amqp-connection.ts';
import {
  type ArgumentValue,
  describeTarget,
  parseDifference,
  readDeliveryLimit,
} from '../../../src/stores/rabbitmq/describe-target.ts';

const sentence = (name: string, current: string) =>
  `PRECONDITION_FAILED - inequivalent arg '${name}' for queue 'q' in vhost '/': received none but current is ${current}`;

test.each([
  ['x-max-length', "the value '5' of type 'byte'", ['x-max-length', 5]],
  ['x-delivery-limit', "the value '-1' of type 'byte'", ['x-delivery-limit', -1]],
  ['x-overflow', "the value 'reject-publish' of type 'longstr'", ['x-overflow', 'reject-publish']],
  ['x-single-active-consumer', "the value 'true' of type 'bool'", ['x-single-active-consumer', true]],
  ['x-queue-type', "'classic'", ['x-queue-type', 'classic']],
  ['durable', "'false'", ['durable', 'false']],
  ['x-message-ttl', 'none', ['x-message-ttl']],
])('parseDifference reads %s, which is %s', (name, current, difference) => {
  expect(parseDifference(sentence(name, current))).toEqual(difference);
});

test.each([
  "NOT_FOUND - no queue 'q'",
  sentence('x-a', 'a table'),
  sentence('x-a', "the value 'x' of type 'table'"),
])('parseDifference gives nothing for %s', (text) => {
  expect(parseDifference(text)).toBeUndefined();
});

test.each<[Record<string, ArgumentValue>, string, number | undefined]>([
  [{ 'x-queue-type': 'quorum' }, '4.0.5', 20],
  [{ 'x-queue-type': 'quorum' }, '4.2.0', 20],
  [{ 'x-queue-type': 'quorum' }, '10.0.0', 20],
  [{ 'x-queue-type': 'quorum' }, '(unknown version)', 20],
  [{ 'x-queue-type': 'quorum' }, '3.13.7', undefined],
  [{ 'x-queue-type': 'quorum', 'x-delivery-limit': 5 }, '3.13.7', 5],
  [{ 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 }, '4.0.5', 1_000_000],
  [{ 'x-queue-type': 'quorum', 'x-delivery-limit': 0 }, '4.0.5', 0],
  [{ 'x-queue-type': 'quorum', 'x-delivery-limit': -1 }, '4.0.5', undefined],
  [{ 'x-queue-type': 'classic' }, '4.0.5', undefined],
])('the delivery limit of %j on RabbitMQ %s is %s', (declared, version, limit) => {
  expect(readDeliveryLimit(new Map(Object.entries(declared)), version)).toBe(limit);
});

type Declared = Options.AssertQueue & { readonly arguments: Record<string, ArgumentValue> };

/** A server with one queue or exchange. It rejects a declaration at the first difference, and closes the channel. */
function createServer(has: Map<string, ArgumentValue>, isDurable = true) {
  const declared: object[] = [];
  let open = 0;
  function refuse(name: string, current: string): never {
    open -= 1;
    throw Object.assign(new Error(sentence(name, current)), { code: 406 });
  }
  async function declare({ durable, autoDelete, arguments: wanted }: Declared) {
    declared.push(wanted);
    if (durable !== isDurable) {
      refuse('durable', `'${isDurable}'`);
    }
    if (autoDelete === isDurable) {
      refuse('auto_delete', `'${!isDurable}'`);
    }
    for (const name of new Set([...has.keys(), ...Object.keys(wanted)])) {
      const value = has.get(name);
      if (value !== wanted[name]) {
        const number = `the value '${value}' of type 'long'`;
        const current = value === undefined ? 'none' : typeof value === 'string' ? `'${value}'` : number;
        refuse(name, current);
      }
    }
  }
  const channel = {
    assertQueue: (_: string, wanted: Declared) => declare(wanted),
    assertExchange: (_: string, type: string, wanted: Declared) =>
      declare({ ...wanted, arguments: { ...wanted.arguments, type } }),
    ...{ checkQueue: async () => undefined, checkExchange: async () => undefined },
    async close() {
      open -= 1;
    },
  };
  const connection = {
    async openChannel() {
      open += 1;
      return channel;
    },
    request: <T>(call: () => Promise<T>) => call(),
    ended: new AbortController().signal,
    serverVersion: '4.0.5',
  } as unknown as AmqpConnection;
  return { declared, connection, open: () => open };
}

test('what was learnt before is declared first, and learnt again when it has changed', async () => {
  const target = { kind: 'queue', name: 'q' } as const;
  const has = new Map<string, ArgumentValue>([
    ['x-max-length', 5],
    ['x-message-ttl', 7],
  ]);
  const { declared, connection } = createServer(has);
  const known = await describeTarget(connection, target);
  expect(known).toMatchObject({ state: 'described', arguments: has });
  expect(declared).toHaveLength(5);
  expect(declared[0]).toEqual({ 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 });
  expect(await describeTarget(connection, target, known)).toEqual(known);
  expect(declared).toHaveLength(6);
  has.delete('x-max-length');
  expect(await describeTarget(connection, target, known)).toMatchObject({ arguments: has });
  expect(declared).toHaveLength(8);
});

test('declares a queue of another type without what only a quorum queue has', async () => {
  const { declared, connection } = createServer(new Map([['x-queue-type', 'classic']]));
  const found = await describeTarget(connection, { kind: 'queue', name: 'q' });
  expect(found).toMatchObject({ state: 'described', arguments: new Map([['x-queue-type', 'classic']]) });
  expect(declared.slice(1)).toEqual([{ 'x-queue-type': 'classic' }]);
});

test('learns how an exchange was declared, and leaves no channel open', async () => {
  const has = new Map([
    ['type', 'direct'],
    ['alternate-exchange', 'other'],
  ]);
  const { connection, open } = createServer(has, false);
  const found = await describeTarget(connection, { kind: 'exchange', name: 'e' });
  expect(found).toMatchObject({ state: 'described', durable: false, autoDelete: true, arguments: has });
  expect(open()).toBe(0);
});
