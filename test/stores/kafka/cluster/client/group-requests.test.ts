import { expect, test, vi } from 'vitest';
import {
  joinGeneration,
  leaveGroup,
  sendHeartbeat,
  syncGeneration,
} from '../../../../../src/stores/kafka/cluster/client/group-requests.ts';
import { errorCodes } from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import type { KafkaCall } from '../../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';

function setUp(answer: (call: KafkaCall, parameters: object) => unknown) {
  const group = {
    ask: async (call: KafkaCall) => answer(call, call.parameters),
    groupId: 'filters',
    sessionTimeoutMs: 10_000,
    onMemberId: () => {},
  };
  return { group };
}

test('an error of the coordinator keeps its code', async () => {
  const { group } = setUp(() => ({ errorCode: errorCodes.UNKNOWN_MEMBER_ID }));
  const member = { memberId: 'me', generationId: 7 };
  await expect(sendHeartbeat(group, member)).rejects.toThrow(/^the heartbeat failed: UNKNOWN_MEMBER_ID/);
  await expect(joinGeneration(group, 'me', Buffer.alloc(0))).rejects.toThrow(/^cannot join .*UNKNOWN_MEMBER/);
  await expect(syncGeneration(group, member, [])).rejects.toThrow(/^cannot receive .*: UNKNOWN_MEMBER_ID/);
});

test('who joins waits for the others; a heartbeat without an answer leaves time before the session ends', async () => {
  const sent: unknown[][] = [];
  const { group } = setUp(({ api, timeoutMs }, parameters) => {
    const { memberId, rebalanceTimeout } = parameters as { memberId: string; rebalanceTimeout?: number };
    sent.push([api, memberId, timeoutMs, rebalanceTimeout]);
    return { errorCode: memberId === '' ? errorCodes.MEMBER_ID_REQUIRED : 0, memberId: 'me' };
  });
  const given = vi.fn();
  const deps = { ...group, sessionTimeoutMs: 6_000, onMemberId: given };
  const member = { memberId: 'me', generationId: 7 };
  expect(await joinGeneration(deps, '', Buffer.alloc(0))).toMatchObject({ memberId: 'me' });
  await syncGeneration(deps, member, []);
  await sendHeartbeat(deps, member);
  await leaveGroup(deps, 'me');
  expect(sent).toEqual([
    ['JoinGroup', '', 40_000, 30_000],
    ['JoinGroup', 'me', 40_000, 30_000],
    ['SyncGroup', 'me', 40_000, undefined],
    ['Heartbeat', 'me', 2_000, undefined],
    ['LeaveGroup', 'me', 2_000, undefined],
  ]);
  expect(given.mock.calls).toEqual([['me'], ['me']]);
});

test('heartbeats name the generation; leaving names the member', async () => {
  const sent: object[] = [];
  const { group } = setUp((_call, parameters) => {
    sent.push(parameters);
    return { errorCode: 0 };
  });
  await sendHeartbeat(group, { memberId: 'me', generationId: 7 });
  await leaveGroup(group, 'me');
  expect(sent).toMatchObject([
    { groupId: 'filters', groupGenerationId: 7, memberId: 'me' },
    { groupId: 'filters', memberId: 'me' },
  ]);
});
