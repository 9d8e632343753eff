import { expect, test } from 'vitest';
import { LogChangedError } from '../../../../../src/filter/filter-store.ts';
import { createPartitionCalls } from '../../../../../src/stores/kafka/cluster/client/partition-calls.ts';
import { checkErrorCode } from '../../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import type { KafkaCall } from '../../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';

const leader = { host: 'leader', port: 1 };
const coordinator = { host: 'coordinator', port: 2 };
const controller = { host: 'controller', port: 3 };
const call: KafkaCall = { api: 'EndTxn', parameters: {} };
const partition = { topic: 'events', partition: 0 };

/** Each answer is an error code, an error that replaces the response, or a response that never arrives. */
function setUp(...answers: (number | Error | Promise<never>)[]) {
  const owner = new AbortController();
  const asked: string[] = [];
  let forgotten = 0;
  const calls = createPartitionCalls({
    routes: {
      leaderOf: async () => leader,
      coordinatorOf: async () => coordinator,
      controllerOf: async () => controller,
      forget: () => {
        forgotten += 1;
      },
    },
    connections: {
      async call({ host }) {
        asked.push(host);
        const answer = answers.shift() ?? 0;
        if (answer instanceof Error) {
          throw answer;
        }
        return answer;
      },
      supports: async ({ host }, _api, version) => host === 'leader' && version < 5,
    },
    signal: owner.signal,
    timeoutMs: 1000,
    readTimeoutMs: Number.POSITIVE_INFINITY,
    onProblem: () => {},
  });
  return { calls, asked, owner, forgotten: () => forgotten };
}

const check = (answer: unknown) => {
  checkErrorCode(answer as number, 'asking', { api: 'EndTxn' });
  return 'done';
};

test('a request goes to the leader, the coordinator or the controller, and again after it has moved', async () => {
  const { calls, asked, forgotten } = setUp(errorCodes.NOT_LEADER_OR_FOLLOWER, 0, 0);
  expect(await calls.ask(partition, call, check)).toBe('done');
  expect(await calls.ask({ coordinator: 'group', key: 'g' }, call, check)).toBe('done');
  expect(await calls.ask('controller', call, check)).toBe('done');
  expect(asked).toEqual(['leader', 'leader', 'coordinator', 'controller']);
  expect(forgotten()).toBe(1);
  expect(await calls.supports(partition, 'Fetch', 4)).toBe(true);
  expect(await calls.supports(partition, 'Fetch', 5)).toBe(false);
});

test('a missing answer is repeated for what only reads, and for nothing else', async () => {
  const cut = new Error('cut');
  await expect(setUp(cut).calls.ask(partition, call, check)).rejects.toBe(cut);
  const { calls, asked } = setUp(cut, 0);
  expect(await calls.read(partition, call, check)).toBe('done');
  expect(asked).toHaveLength(2);
});

test('a request that depends on the leader is made for each attempt', async () => {
  let made = 0;
  const toCall = async () => {
    made += 1;
    return call;
  };
  expect(await setUp(errorCodes.OFFSET_NOT_AVAILABLE, 0).calls.read(partition, toCall, check)).toBe('done');
  expect(made).toBe(2);
});

test('a log that has changed ends a read', async () => {
  const changed = new LogChangedError('made again');
  const { calls, asked } = setUp();
  const toCall = () => Promise.reject(changed);
  await expect(calls.read(partition, toCall, check)).rejects.toBe(changed);
  expect(asked).toHaveLength(0);
});

test('an answer that cannot be read is an error and not requested again: the broker would repeat it', async () => {
  const unreadable = new TypeError('no offset');
  const { calls, asked } = setUp();
  const read = calls.read(partition, call, () => {
    throw unreadable;
  });
  await expect(read).rejects.toBe(unreadable);
  expect(asked).toHaveLength(1);
});

test('who has ended waits for no answer, and asks nothing more', async () => {
  const never = new Promise<never>(() => {});
  const { calls, asked, owner } = setUp(never, never);
  const waiting = [calls.ask(partition, call, check), calls.read(partition, call, check)];
  const outcomes = Promise.allSettled(waiting);
  await expect.poll(() => asked).toHaveLength(2);
  owner.abort();
  expect(await outcomes).toMatchObject([
    { reason: { name: 'ConnectionError', reason: 'connection' } },
    { reason: { name: 'KafkaAnswerError', cause: { name: 'ConnectionError' } } },
  ]);
  await expect(calls.ask(partition, call, check)).rejects.toThrow('the request was cancelled');
  expect(asked).toHaveLength(2);
});
