import { expect, test } from 'vitest';
import { errorCodes } from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import {
  formatLogCheckpoint,
  readCommittedOffset,
  readLatestCheckpoint,
} from '../../../../../src/stores/kafka/consume/filter/find-start.ts';
import { createFakePartitionCalls } from '../../../../support/filter/fake-partition-calls.ts';

const of = { topic: 'events', partition: 3 };
const mark = { events: { topicId: 'a', epoch: 7 }, latest: { end: 40 } };
const found = { partition: 3, errorCode: 0, offset: '42', metadata: formatLogCheckpoint(mark) };

const toAnswer = (...partitions: readonly object[]) => ({
  errorCode: 0,
  responses: [{ topic: 'events', partitions }],
});

const read = (answer: object) =>
  readCommittedOffset(
    createFakePartitionCalls(() => answer),
    'filters',
    of,
  );

test("the group's coordinator is requested the one partition", async () => {
  const calls = createFakePartitionCalls(() => toAnswer(found));
  expect(await readCommittedOffset(calls, 'filters', of)).toEqual({ offset: 42, mark });
  expect(calls.asked).toEqual([
    {
      to: { coordinator: 'group', key: 'filters' },
      call: {
        api: 'OffsetFetch',
        parameters: { groupId: 'filters', topics: [{ topic: 'events', partitions: [{ partition: 3 }] }] },
      },
    },
  ]);
});

test.each([
  { events: { topicId: 'a'.repeat(32), epoch: 7 }, latest: { topicId: 'b'.repeat(32), end: 2 ** 40 } },
  { events: { epoch: -1 }, latest: { end: 0 } },
])('the mark %j comes back, and fits beside an offset', async (each) => {
  const metadata = formatLogCheckpoint(each);
  expect(metadata.length).toBeLessThan(160);
  expect(await read(toAnswer({ ...found, metadata }))).toEqual({ offset: 42, mark: each });
});

test.each([
  null,
  '',
  'of another consumer',
  '{}',
  '{"events":{}}',
  '{"events":{"epoch":"7"},"latest":{"end":1}}',
  '{"events":{"epoch":1},"latest":{"end":1.5}}',
])('metadata %j is no mark, and the offset counts all the same', async (metadata) => {
  expect(await read(toAnswer({ ...found, offset: '0', metadata }))).toEqual({ offset: 0 });
});

test('a group without an offset stands nowhere', async () => {
  expect(await read(toAnswer({ ...found, offset: '-1', metadata: '' }))).toBeUndefined();
});

test.each([
  ['no topic', { errorCode: 0, responses: [] }],
  ['no partition', toAnswer()],
  ['another partition', toAnswer({ ...found, partition: 4 })],
])('an answer about %s is an error, not a group without an offset', async (_what, answer) => {
  await expect(read(answer)).rejects.toMatchObject({ name: 'KafkaAnswerError', kind: 'fail', errorCode: -1 });
});

test('an error of the group or of the partition is thrown with its code', async () => {
  await expect(read({ ...toAnswer(found), errorCode: errorCodes.NOT_COORDINATOR })).rejects.toMatchObject({
    kind: 'reroute',
    message: expect.stringMatching(/^cannot read the offsets of the group filters: NOT_COORDINATOR/),
  });
  const denied = { ...found, offset: '-1', errorCode: errorCodes.TOPIC_AUTHORIZATION_FAILED };
  await expect(read(toAnswer(denied))).rejects.toThrow(
    /^cannot read the offset of the group filters for events-3: TOPIC_/,
  );
});

test.each(['9007199254740993', 'x'])('%s is no offset that can be counted with', async (offset) => {
  await expect(read(toAnswer({ ...found, offset }))).rejects.toThrow(`${offset} is not an offset`);
});

test.each([
  [formatLogCheckpoint(mark), mark.latest],
  ['', undefined],
])('the second place of the mark, with metadata %j', async (metadata, expected) => {
  const answer = toAnswer({ ...found, offset: '40', metadata });
  const calls = createFakePartitionCalls(() => answer);
  expect(await readLatestCheckpoint(calls, 'filters', of)).toEqual(expected);
});
