import { expect, test } from 'vitest';
import { errorCodes } from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import type { KafkaCall } from '../../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { joinGroup } from '../../../../../src/stores/kafka/consume/filter/join-group.ts';
import {
  decodeAssignment,
  encodeAssignment,
  encodeSubscription,
} from '../../../../../src/stores/kafka/wire/consumer-protocol.ts';

interface Parameters {
  readonly memberId: string;
  readonly groupAssignment?: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
}

function setUp(answer: (call: KafkaCall, parameters: Parameters) => unknown) {
  const asked: string[] = [];
  const group = {
    async ask(call: KafkaCall) {
      asked.push(call.api);
      return answer(call, call.parameters as Parameters);
    },
    groupId: 'filters',
    topics: { events: 'events', latest: 'latest' },
    sessionTimeoutMs: 10_000,
    countPartitions: async () => 4,
    onMemberId: () => {},
  };
  return { group, asked };
}

const member = (memberId: string, owned: readonly number[]) => ({
  memberId,
  memberMetadata: encodeSubscription({ topic: 'events', owned }),
});

test('the leader of the group assigns all partitions, and a new member asks twice for its id', async () => {
  let sent: Parameters['groupAssignment'];
  const { group, asked } = setUp(({ api }, { memberId, groupAssignment }) => {
    if (api === 'JoinGroup') {
      const members = [member('me', []), member('other', [0, 1])];
      const joined = { memberId: 'me', leaderId: 'me', generationId: 7, members };
      return { ...joined, errorCode: memberId === '' ? errorCodes.MEMBER_ID_REQUIRED : 0 };
    }
    sent = groupAssignment;
    const mine = groupAssignment?.find((each) => each.memberId === 'me');
    return { errorCode: 0, memberAssignment: mine?.memberAssignment };
  });
  const membership = await joinGroup(group, '', []);
  expect(asked).toEqual(['JoinGroup', 'JoinGroup', 'SyncGroup']);
  expect(membership).toMatchObject({ memberId: 'me', generationId: 7, partitions: [2, 3] });
  const all = sent?.flatMap(({ memberAssignment }) => decodeAssignment(memberAssignment).partitions);
  expect(all?.toSorted()).toEqual([0, 1, 2, 3]);
});

test('a member that does not lead assigns nothing and takes what it is given', async () => {
  const { group } = setUp(({ api }, { groupAssignment }) =>
    api === 'JoinGroup'
      ? { errorCode: 0, memberId: 'me', leaderId: 'other', generationId: 8, members: [] }
      : {
          errorCode: 0,
          memberAssignment: encodeAssignment('events', groupAssignment?.length === 0 ? [1] : [9]),
        },
  );
  expect((await joinGroup(group, 'me', [])).partitions).toEqual([1]);
});

test('a member that reads another topic gets no partition, and says why', async () => {
  let sent: Parameters['groupAssignment'];
  const foreign = { memberId: 'foreign', memberMetadata: encodeSubscription({ topic: 'chats', owned: [0] }) };
  const { group } = setUp(({ api }, { groupAssignment }) => {
    const members = [foreign, member('me', [])];
    sent = groupAssignment ?? sent;
    return api === 'JoinGroup'
      ? { errorCode: 0, memberId: 'me', leaderId: 'me', generationId: 8, members }
      : { errorCode: 0, memberAssignment: encodeAssignment('events', [0, 1, 2, 3]) };
  });
  expect((await joinGroup(group, 'me', [])).partitions).toEqual([0, 1, 2, 3]);
  expect(sent?.map((each) => [each.memberId, decodeAssignment(each.memberAssignment)])).toEqual([
    ['foreign', { topic: 'events', partitions: [] }],
    ['me', { topic: 'events', partitions: [0, 1, 2, 3] }],
  ]);
  await expect(
    joinGroup({ ...group, topics: { ...group.topics, events: 'chats' } }, 'me', []),
  ).rejects.toThrow(
    'The consumer group filters reads the topic events, but this filter reads chats: filters of different topics cannot share a group. Set a different FILTER_GROUP_ID for one of the filters',
  );
});
