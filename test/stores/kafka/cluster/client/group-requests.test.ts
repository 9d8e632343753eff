import { expect, test } from 'vitest';
import { leaveGroup, sendHeartbeat } from '../../../../../src/stores/kafka/cluster/client/group-requests.ts';
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
  await expect(sendHeartbeat(group, member)).rejects.toThrow(/^heartbeat: UNKNOWN_MEMBER_ID/);
});

test('a heartbeat without an answer leaves time for others before the session ends', async () => {
  const timeouts: (number | undefined)[] = [];
  const { group } = setUp(({ timeoutMs }) => {
    timeouts.push(timeoutMs);
    return { errorCode: 0 };
  });
  await sendHeartbeat({ ...group, sessionTimeoutMs: 6_000 }, { memberId: 'me', generationId: 7 });
  expect(timeouts).toEqual([2_000]);
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
