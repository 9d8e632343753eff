import { expect, test } from 'vitest';
import { toErrorCode } from './error-code.ts';
import { GroupCoordinator } from './group-coordinator.ts';
import type { JoinAnswer, SyncAnswer } from './group-messages.ts';
import { createStepClock } from './step-clock.ts';

function setUp() {
  const clock = createStepClock();
  const group = new GroupCoordinator({ after: clock.after, initialDelayMs: 3_000 });

  function join(memberId: string, facts: { readonly instanceId?: string; readonly owned?: string } = {}) {
    const answers: JoinAnswer[] = [];
    const { instanceId = '', owned = '' } = facts;
    const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 30_000 };
    const request = {
      memberId,
      instanceId,
      clientId: 'c',
      ...timeouts,
      protocol: 'p',
      metadata: Buffer.from(owned),
    };
    group.join(request, (answer) => answers.push(answer));
    return answers;
  }

  /** A member that joins under the id that it is given. */
  function joinAsNew() {
    const [required] = join('');
    expect(required?.errorCode).toBe(toErrorCode('MEMBER_ID_REQUIRED'));
    return { memberId: required?.memberId as string, answers: join(required?.memberId as string) };
  }

  function sync(memberId: string, generationId: number, assignments: Record<string, string> = {}) {
    const answers: SyncAnswer[] = [];
    const given = Object.entries(assignments).map(([id, text]) => ({
      memberId: id,
      assignment: Buffer.from(text),
    }));
    group.sync({ memberId, instanceId: '', generationId, assignments: given }, (answer) =>
      answers.push(answer),
    );
    return answers;
  }

  const heartbeat = (memberId: string, generationId: number) =>
    group.heartbeat({ memberId, instanceId: '', generationId });
  return { clock, group, join, joinAsNew, sync, heartbeat };
}

function setUpStable() {
  const parts = setUp();
  const one = parts.joinAsNew();
  const two = parts.joinAsNew();
  parts.clock.run(3_000);
  parts.sync(one.memberId, 1, { [one.memberId]: 'mine', [two.memberId]: 'yours' });
  parts.sync(two.memberId, 1);
  return { ...parts, one: one.memberId, two: two.memberId, joined: [one, two] };
}

test('a first round waits for further members, and its leader hears of all', () => {
  const { joined } = setUpStable();
  const [one, two] = joined.map(({ answers }) => answers[0]);
  expect(one).toMatchObject({ errorCode: 0, generationId: 1, leaderId: one?.memberId });
  expect(one?.members.map(({ memberId }) => memberId)).toEqual([one?.memberId, two?.memberId]);
  expect(two).toMatchObject({ errorCode: 0, generationId: 1, leaderId: one?.memberId, members: [] });
});

test('members hear of a rebalance by their heartbeats, and the round ends when all have joined', () => {
  const { clock, join, joinAsNew, heartbeat, one, two } = setUpStable();
  expect(heartbeat(one, 1)).toBe(0);
  const three = joinAsNew();
  expect(heartbeat(one, 1)).toBe(toErrorCode('REBALANCE_IN_PROGRESS'));
  const first = join(one);
  expect(first).toEqual([]);
  const second = join(two);
  expect([first[0]?.generationId, second[0]?.generationId, three.answers[0]?.generationId]).toEqual([
    2, 2, 2,
  ]);
  clock.run(3_100);
  expect(heartbeat(one, 1)).toBe(toErrorCode('ILLEGAL_GENERATION'));
  expect(heartbeat('nobody', 2)).toBe(toErrorCode('UNKNOWN_MEMBER_ID'));
});

test('who does not join a round within the rebalance timeout is left behind', () => {
  const { clock, group, join, joinAsNew, heartbeat, one, two } = setUpStable();
  const three = joinAsNew();
  join(one);
  for (let at = 3_000; at < 34_000; at += 5_000) {
    clock.run(at);
    heartbeat(two, 1);
  }
  clock.run(34_000);
  expect(group.memberIds()).toEqual([one, three.memberId]);
});

test('a member without heartbeats is removed after its session, and its successor begins a round', () => {
  const { clock, group, heartbeat, one, two } = setUpStable();
  clock.run(9_000);
  expect(heartbeat(one, 1)).toBe(0);
  clock.run(14_000);
  expect(group.memberIds()).toEqual([one]);
  expect(heartbeat(two, 1)).toBe(toErrorCode('UNKNOWN_MEMBER_ID'));
  expect(heartbeat(one, 1)).toBe(toErrorCode('REBALANCE_IN_PROGRESS'));
});

test('a follower of the round is told of the next one while it waits for its assignment', () => {
  const { clock, joinAsNew, join, sync } = setUp();
  const one = joinAsNew();
  const two = joinAsNew();
  clock.run(3_000);
  const waiting = sync(two.memberId, 1);
  expect(waiting).toEqual([]);
  join(one.memberId, { owned: 'changed' });
  expect(waiting[0]?.errorCode).toBe(toErrorCode('REBALANCE_IN_PROGRESS'));
});

test('the last member that leaves empties the group', () => {
  const { group, one, two } = setUpStable();
  expect(group.leave(one)).toBe(0);
  expect(group.leave(two)).toBe(0);
  expect(group.leave(two)).toBe(toErrorCode('UNKNOWN_MEMBER_ID'));
  expect(group.state).toBe('empty');
});

test('a static member that comes back keeps its place, and fences the one before', () => {
  const { clock, group, join, sync } = setUp();
  const first = join('', { instanceId: 'pod' });
  clock.run(3_000);
  const memberId = first[0]?.memberId as string;
  sync(memberId, 1, { [memberId]: 'mine' });
  const [again] = join('', { instanceId: 'pod' });
  expect(again).toMatchObject({ errorCode: 0, generationId: 1, leaderId: memberId, members: [] });
  expect(sync(again?.memberId as string, 1)[0]?.assignment.toString()).toBe('mine');
  expect(group.heartbeat({ memberId, instanceId: 'pod', generationId: 1 })).toBe(
    toErrorCode('FENCED_INSTANCE_ID'),
  );
});

test('a group that moves in the middle of a round goes on with what was kept', () => {
  const { group, joinAsNew, heartbeat, one, two } = setUpStable();
  const three = joinAsNew();
  group.move();
  expect(three.answers[0]?.errorCode).toBe(toErrorCode('NOT_COORDINATOR'));
  expect(heartbeat(one, 1)).toBe(0);
  expect(group.memberIds()).toEqual([one, two]);
});
