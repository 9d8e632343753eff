import { expect, test } from 'vitest';
import {
  anonymousGroupMember,
  commitGroupOffsets,
  fetchGroupOffsets,
} from '../../../../../src/stores/kafka/cluster/client/group-offsets.ts';
import { errorCodes } from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import { createFakePartitionCalls } from '../../../../support/filter/fake-partition-calls.ts';

const coordinator = { coordinator: 'group', key: 'g' };

function answerOf(partitions: readonly object[], errorCode = 0) {
  return { errorCode, responses: [{ topic: 't', partitions }] };
}

const at = (partition: number, offset: string, metadata: string | null = null) => ({
  ...{ partition, errorCode: 0, offset, metadata },
});

test('offsets are by partition, with what is kept beside them, and without those that are not there', async () => {
  const calls = createFakePartitionCalls(() => answerOf([at(1, '7', 'x'), at(0, '0'), at(2, '-1', '')]));
  const offsets = await fetchGroupOffsets(calls, 'g', 't', [0, 1, 2]);
  expect(offsets).toEqual(
    new Map([
      [0, { offset: 0, metadata: '' }],
      [1, { offset: 7, metadata: 'x' }],
    ]),
  );
  expect(calls.asked[0]?.to).toEqual(coordinator);
});

test('a group that is not there has no offsets', async () => {
  const calls = createFakePartitionCalls(() => answerOf([], errorCodes.GROUP_ID_NOT_FOUND));
  expect(await fetchGroupOffsets(calls, 'g', 't', [0])).toEqual(new Map());
});

test.each([
  [
    'is an error as a whole',
    [at(0, '3')],
    errorCodes.GROUP_AUTHORIZATION_FAILED,
    'offsets of the group g: GROUP_AUTH',
  ],
  ['leaves the partition out', [at(1, '3')], 0, 'offset of the group g for t-0: UNKNOWN_SERVER_ERROR'],
  ['has a number that is none', [at(0, '?')], 0, 'offset of the group g for t-0: ? is not an offset'],
])('an answer that %s gives no offsets', async (_what, partitions, errorCode, words) => {
  const calls = createFakePartitionCalls(() => answerOf(partitions, errorCode));
  await expect(fetchGroupOffsets(calls, 'g', 't', [0])).rejects.toThrow(`cannot read the ${words}`);
});

const offsets = new Map([
  [0, { offset: 5, metadata: 'done:' }],
  [2, { offset: 9, metadata: '' }],
]);

test('a commit is of all partitions at once, in the name of the member', async () => {
  const calls = createFakePartitionCalls(() => answerOf([at(0, ''), at(2, '')]));
  await commitGroupOffsets(calls, 'g', { memberId: 'me', generationId: 4 }, 't', offsets);
  await commitGroupOffsets(calls, 'g', anonymousGroupMember, 't', offsets);
  const partitions = [
    { partition: 0, offset: '5', metadata: 'done:' },
    { partition: 2, offset: '9', metadata: '' },
  ];
  expect(calls.asked).toMatchObject(
    [
      { memberId: 'me', groupGenerationId: 4 },
      { memberId: '', groupGenerationId: -1 },
    ].map((member) => ({
      to: coordinator,
      call: {
        api: 'OffsetCommit',
        timeoutMs: 10_000,
        parameters: { groupId: 'g', ...member, topics: [{ topic: 't', partitions }] },
      },
    })),
  );
});

test.each([
  [
    'leaves a partition out',
    [at(0, '')],
    'cannot commit the offset of the group g for t-2: UNKNOWN_SERVER_ERROR',
  ],
  [
    'refuses one',
    [at(0, ''), { partition: 2, errorCode: errorCodes.UNKNOWN_MEMBER_ID }],
    'cannot commit the offset of the group g for t-2: UNKNOWN_MEMBER_ID',
  ],
])('an answer that %s is an error', async (_what, partitions, words) => {
  const calls = createFakePartitionCalls(() => answerOf(partitions));
  await expect(commitGroupOffsets(calls, 'g', anonymousGroupMember, 't', offsets)).rejects.toThrow(words);
});
