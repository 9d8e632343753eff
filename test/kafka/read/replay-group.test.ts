import { describe, expect, onTestFinished, test } from 'vitest';
import type { KafkaClient } from '../../../src/kafka/client/kafka-client.ts';
import { errorCodes } from '../../../src/kafka/errors/kafka-errors.ts';
import type { KafkaCall } from '../../../src/kafka/kafkajs/kafka-connection.ts';
import { ReplayMember, requireIdleGroup } from '../../../src/kafka/read/replay-group.ts';
import { createFakeKafkaRoutes } from '../../support/fake-kafka-routes.ts';
import { createFakePartitionCalls } from '../../support/filter/fake-partition-calls.ts';

type Answers = Partial<Record<KafkaCall['api'], object[]>>;

/** A coordinator that makes this client the leader and takes everything, but for the answers that the test gives first. */
function setUp(answers: Answers = {}) {
  let generationId = 0;
  const calls = createFakePartitionCalls(({ api, parameters }) => {
    if (api === 'JoinGroup') {
      generationId += 1;
    }
    const { topics = [] } = parameters as { topics?: { partitions: object[] }[] };
    const done = topics.map(({ partitions }) => ({
      partitions: partitions.map((each) => ({ ...each, errorCode: 0 })),
    }));
    return {
      ...{ errorCode: 0, memberId: 'me', leaderId: 'me', generationId, members: [] },
      ...{ memberAssignment: Buffer.alloc(0), responses: done, groups: [{ errorCode: 0, members: [] }] },
      ...answers[api]?.shift(),
    };
  });
  const client = { calls, routes: createFakeKafkaRoutes({}) } as unknown as KafkaClient;
  const sent = (api: KafkaCall['api']) =>
    calls.asked.filter(({ call }) => call.api === api).map(({ call }) => call.parameters);
  return { client, sent };
}

const group = { topic: 'dead', groupId: 'replay' };
const offset = { offset: 5, metadata: 'done:' };

async function join(client: KafkaClient): Promise<ReplayMember> {
  const member = await ReplayMember.join(client, group);
  onTestFinished(() => member.leave());
  return member;
}

describe('a group', () => {
  test.each([
    ['has no members', { errorCode: 0, members: [] }],
    ['is not there', { errorCode: errorCodes.GROUP_ID_NOT_FOUND, members: [] }],
  ])('that %s is idle', async (_what, found) => {
    const { client } = setUp({ DescribeGroups: [{ groups: [found] }] });
    await requireIdleGroup(client, 'replay');
  });

  test('that has a member is not', async () => {
    const { client } = setUp({ DescribeGroups: [{ groups: [{ errorCode: 0, members: [{}] }] }] });
    await expect(requireIdleGroup(client, 'replay')).rejects.toThrow(
      /^another replay runs in the consumer group replay, or was killed less than 30 s ago/,
    );
  });

  test.each([
    ['an error', [{ errorCode: errorCodes.GROUP_AUTHORIZATION_FAILED, members: [] }]],
    ['nothing', []],
  ])('of which the answer has %s is not known', async (_what, groups) => {
    const { client } = setUp({ DescribeGroups: [{ groups }] });
    await expect(requireIdleGroup(client, 'replay')).rejects.toMatchObject({ name: 'KafkaAnswerError' });
  });
});

describe('a run', () => {
  test('that leads the group commits in its generation, and leaves at its end', async () => {
    const { client, sent } = setUp();
    const member = await ReplayMember.join(client, group);
    await member.commit(new Map([[1, offset]]));
    await member.leave();
    expect(sent('OffsetCommit')).toMatchObject([
      {
        ...{ groupId: 'replay', memberId: 'me', groupGenerationId: 1 },
        topics: [{ topic: 'dead', partitions: [{ partition: 1, offset: '5', metadata: 'done:' }] }],
      },
    ]);
    expect(sent('LeaveGroup')).toMatchObject([{ groupId: 'replay', memberId: 'me' }]);
  });

  test('that another one leads gives up, and leaves the group to it', async () => {
    const { client, sent } = setUp({ JoinGroup: [{ leaderId: 'other' }] });
    await expect(ReplayMember.join(client, group)).rejects.toThrow('another replay runs');
    expect(sent('SyncGroup')).toEqual([]);
    expect(sent('LeaveGroup')).toMatchObject([{ memberId: 'me' }]);
  });

  test.each([errorCodes.REBALANCE_IN_PROGRESS, errorCodes.ILLEGAL_GENERATION])(
    'joins again under its id and commits again, when the group has begun anew (error %i)',
    async (errorCode) => {
      const refused = { responses: [{ partitions: [{ partition: 1, errorCode }] }] };
      const { client, sent } = setUp({ OffsetCommit: [refused], SyncGroup: [{}, { errorCode }] });
      await (await join(client)).commit(new Map([[1, offset]]));
      expect(sent('JoinGroup')).toMatchObject([{ memberId: '' }, { memberId: 'me' }, { memberId: 'me' }]);
      expect(sent('OffsetCommit')).toMatchObject([{ groupGenerationId: 1 }, { groupGenerationId: 3 }]);
    },
  );

  test('gives signs of life in the generation that its commit has found', async () => {
    const refused = {
      responses: [{ partitions: [{ partition: 1, errorCode: errorCodes.REBALANCE_IN_PROGRESS }] }],
    };
    const { client, sent } = setUp({ OffsetCommit: [refused] });
    await (await join(client)).commit(new Map([[1, offset]]));
    await expect.poll(() => sent('Heartbeat')[0]).toMatchObject({ memberId: 'me', groupGenerationId: 2 });
  });

  test('that the group has gone on without stops: another one may have begun', async () => {
    const refused = {
      responses: [{ partitions: [{ partition: 1, errorCode: errorCodes.UNKNOWN_MEMBER_ID }] }],
    };
    const { client, sent } = setUp({ OffsetCommit: [refused] });
    await expect((await join(client)).commit(new Map([[1, offset]]))).rejects.toThrow('UNKNOWN_MEMBER_ID');
    expect(sent('JoinGroup')).toHaveLength(1);
  });

  test('waits for a coordinator that is loading', async () => {
    const loading = { errorCode: errorCodes.COORDINATOR_LOAD_IN_PROGRESS };
    const { client, sent } = setUp({ JoinGroup: [loading, loading] });
    await join(client);
    expect(sent('JoinGroup')).toHaveLength(3);
  });
});
