import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { errorCodes } from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import type { KafkaCall } from '../../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import {
  type GroupMembershipDeps,
  KafkaGroupMembership,
} from '../../../../../src/stores/kafka/consume/filter/group-membership.ts';
import { captureLog } from '../../../../support/captured-log.ts';
import { createFakeKafkaRoutes } from '../../../../support/fake-kafka-routes.ts';
import { createFakeGroupCoordinator } from '../../../../support/filter/fake-group-coordinator.ts';
import { inVirtualTime } from '../../../../support/in-virtual-time.ts';

const patient = { timeout: 20_000, interval: 2 };

function setUp(change: Partial<GroupMembershipDeps> = {}) {
  const { openConnections, countOf, ...coordinator } = createFakeGroupCoordinator();
  const assigned: (readonly number[])[] = [];
  const problems: (string | undefined)[] = [];
  const log = captureLog();
  const state = { forgotten: 0 };

  const start = () => {
    const membership = new KafkaGroupMembership({
      routes: createFakeKafkaRoutes({
        coordinatorOf: async () => ({ host: 'coordinator', port: 9092 }),
        forget: () => {
          state.forgotten += 1;
        },
      }),
      openConnections,
      groupId: 'filters',
      topics: { events: 'events', latest: 'events.latest' },
      sessionTimeoutMs: 1_000,
      countPartitions: async () => 4,
      problems: {
        observe: (_place, error) => problems.push((error as Error | undefined)?.message),
      },
      logger: log.logger,
      ...change,
    });
    membership.join({
      owned: () => assigned.at(-1) ?? [],
      assign: (partitions) => assigned.push(partitions),
    });
    onTestFinished(() => membership.leave());
    return membership;
  };
  const until = (api: KafkaCall['api'], count: number) => vi.waitUntil(() => countOf(api) >= count, patient);
  return { ...coordinator, start, assigned, problems, log, state, countOf, until };
}

test('a member is confirmed by joining and by each heartbeat', async () => {
  const { start, assigned, problems, log, until } = setUp();
  const membership = start();
  expect(membership.isMember()).toBe(false);
  await until('Heartbeat', 2);
  expect(membership.isMember()).toBe(true);
  await membership.whenConfirmed(AbortSignal.timeout(5_000));
  expect(assigned).toEqual([[1, 2]]);
  expect(log.lines[0]).toMatchObject({
    memberId: 'me',
    partitions: [1, 2],
    msg: 'joined the consumer group',
  });
  expect(new Set(problems)).toEqual(new Set([undefined]));
});

test('a member of a long session does not send a heartbeat at once', async () => {
  const { start, countOf } = setUp({ sessionTimeoutMs: 60_000 });
  const membership = start();
  await vi.waitUntil(() => membership.isMember(), patient);
  await delay(50);
  expect(countOf('Heartbeat')).toBe(0);
});

test('who waits for a confirmation is notified of the next one, or gives up with the signal', async () => {
  const { start, answers, countOf, until } = setUp();
  const later = Promise.withResolvers<number>();
  answers.Heartbeat = [later.promise];
  const membership = start();
  await until('Heartbeat', 1);
  const { signal } = new AbortController();
  let heard = 0;
  const waiting = Array.from({ length: 20 }, async () => {
    await membership.whenConfirmed(signal);
    heard += 1;
  });
  await delay(20);
  expect([heard, countOf('Heartbeat')]).toEqual([0, 1]);
  later.resolve(0);
  await Promise.all(waiting);
  expect(heard).toBe(20);

  const stopped = new AbortController();
  answers.Heartbeat = [new Promise<number>(() => {})];
  const released = new Error('released');
  const given = membership.whenConfirmed(stopped.signal);
  stopped.abort(released);
  await expect(given).rejects.toMatchObject({ cause: released });
  await expect(membership.whenConfirmed(stopped.signal)).rejects.toMatchObject({ cause: released });
});

test('who hears nothing for a whole session is no member any more', async () => {
  const { start, answers, until } = setUp();
  answers.Heartbeat = [new Promise<number>(() => {})];
  const membership = start();
  await until('Heartbeat', 1);
  expect(membership.isMember()).toBe(true);
  await vi.waitUntil(() => !membership.isMember(), patient);
});

test('a rebalance is joined again with the same id and with what is processed here', async () => {
  const { start, answers, asked, assigned, problems, until } = setUp();
  answers.Heartbeat = [errorCodes.REBALANCE_IN_PROGRESS];
  start();
  await until('JoinGroup', 2);
  const [first, second] = asked.filter(({ api }) => api === 'JoinGroup');
  expect([first?.memberId, second?.memberId]).toEqual(['', 'me']);
  expect(second?.owned).toEqual([1, 2]);
  await vi.waitUntil(() => assigned.length === 2, patient);
  expect(problems.every((each) => each === undefined)).toBe(true);
});

test.each([
  ['UNKNOWN_MEMBER_ID', ''],
  ['ILLEGAL_GENERATION', 'me'],
] as const)('after %s a member joins as %j', async (name, memberId) => {
  const { start, answers, asked, until } = setUp();
  answers.Heartbeat = [errorCodes[name]];
  start();
  await until('JoinGroup', 2);
  expect(asked.filter(({ api }) => api === 'JoinGroup')[1]?.memberId).toBe(memberId);
});

test.each([
  ['its second request to join is lost', { JoinGroup: [errorCodes.MEMBER_ID_REQUIRED, new Error('cut')] }],
  ['its assignment is lost', { SyncGroup: [new Error('cut')] }],
])(
  'when %s, a member joins with the id that it was given: another would be a ghost',
  async (_what, given) => {
    const { start, answers, asked, until } = setUp();
    Object.assign(answers, given);
    start();
    await until('Heartbeat', 1);
    const joins = asked.filter(({ api }) => api === 'JoinGroup').map(({ memberId }) => memberId);
    expect(joins.slice(1)).toEqual(joins.slice(1).map(() => 'me'));
  },
);

test('who stops between the two requests to join leaves by the id that it was given', async () => {
  const { start, answers, asked, until } = setUp();
  answers.JoinGroup = [errorCodes.MEMBER_ID_REQUIRED, new Promise<number>(() => {})];
  const membership = start();
  await until('JoinGroup', 2);
  await membership.leave();
  expect(asked.at(-1)).toMatchObject({ api: 'LeaveGroup', memberId: 'me' });
});

test('a coordinator that takes nobody is asked again every two seconds at last', () =>
  inVirtualTime(async () => {
    const { start, answers, countOf } = setUp();
    answers.JoinGroup = Array.from({ length: 100 }, () => new Error('cut'));
    const membership = start();
    await delay(60_000);
    expect(countOf('JoinGroup')).toBeGreaterThan(25);
    expect(countOf('JoinGroup')).toBeLessThan(60);
    await membership.leave();
  }));

test('a coordinator that is loading is waited for, without a problem and without joining again', async () => {
  const { start, answers, problems, state, until, countOf } = setUp();
  answers.Heartbeat = [errorCodes.COORDINATOR_LOAD_IN_PROGRESS];
  start();
  await until('Heartbeat', 2);
  expect([countOf('JoinGroup'), state.forgotten]).toEqual([1, 0]);
  expect(problems.every((each) => each === undefined)).toBe(true);
});

test.each([
  ['that is another', errorCodes.NOT_COORDINATOR, /^the heartbeat failed: NOT_COORDINATOR/],
  ['that does not answer', new Error('cut'), /^cut$/],
])(
  'a coordinator %s is looked for anew, and the problem ends with the next heartbeat',
  async (_what, answer, text) => {
    const { start, answers, problems, state, countOf } = setUp();
    answers.Heartbeat = [answer];
    start();
    await vi.waitUntil(() => problems.some((each) => each !== undefined), patient);
    expect(state.forgotten).toBe(1);
    expect(problems.at(-1)).toMatch(text);
    await vi.waitUntil(() => problems.at(-1) === undefined, patient);
    expect(countOf('JoinGroup')).toBe(1);
  },
);

test('who stops leaves by its id, over connections that nothing waits on', async () => {
  const { start, asked, connections, until } = setUp();
  const membership = start();
  await until('Heartbeat', 1);
  await membership.leave();
  expect(asked.at(-1)).toMatchObject({ api: 'LeaveGroup', memberId: 'me', connections: 2 });
  expect(connections).toEqual({ opened: 2, closed: 2 });
});

test('a coordinator that does not take the leave holds nobody up: the session ends by itself', async () => {
  const { start, answers, log, until } = setUp();
  answers.LeaveGroup = [new Error('cut')];
  const membership = start();
  await until('Heartbeat', 1);
  await membership.leave();
  const msg = expect.stringContaining('after the session timeout');
  expect(log.lines.at(-1)).toMatchObject({ level: 'warn', err: { message: 'cut' }, msg });
});

test('a join that the coordinator holds back ends with the stop, and there is nothing to leave', async () => {
  const { start, answers, assigned, problems, countOf, until } = setUp();
  answers.JoinGroup = [new Promise<number>(() => {})];
  const membership = start();
  await until('JoinGroup', 1);
  await membership.leave();
  expect([assigned, problems, countOf('LeaveGroup')]).toEqual([[], [], 0]);
});

test('an assignment that arrives with the stop is not taken, and the place is given back', async () => {
  const { start, answers, assigned, asked, until } = setUp();
  const answer = Promise.withResolvers<number>();
  answers.SyncGroup = [answer.promise];
  const membership = start();
  await until('SyncGroup', 1);
  answer.resolve(0);
  await membership.leave();
  expect(assigned).toEqual([]);
  expect(asked.at(-1)).toMatchObject({ api: 'LeaveGroup', memberId: 'me' });
});
