import { expect, test } from 'vitest';
import { toEpochEnds } from '../../../../../src/stores/kafka/cluster/client/epoch-ends.ts';
import { toListOffsets } from '../../../../../src/stores/kafka/cluster/client/list-offsets.ts';
import {
  findQuestionPart,
  takeQuestionBatch,
  toQuestionCall,
} from '../../../../../src/stores/kafka/consume/filter/gathered-reads.ts';
import { bytesOf } from '../../../../support/bytes-of.ts';

function toOffset(topic: string, partition: number, { timestamp = -1, isolationLevel = 1 } = {}) {
  return {
    call: toListOffsets({ topic, partitions: [partition], timestamp, isolationLevel }),
    isAlone: false,
  };
}

function toEpoch(topic: string, partition: number, epoch: number) {
  const partitions = [{ partition, currentEpoch: 9, epoch }];
  return { call: toEpochEnds([{ topic, partitions }]), isAlone: false };
}

test('questions of one kind go together, each partition once; the others are left for later', () => {
  const [first, otherTime, otherTopic] = [
    toOffset('a', 0),
    toOffset('a', 1, { timestamp: 5 }),
    toOffset('b', 0),
  ];
  const rest = [
    toOffset('a', 0, { timestamp: -2 }),
    toOffset('a', 2, { isolationLevel: 0 }),
    toEpoch('a', 3, 7),
  ];
  expect(takeQuestionBatch([first, ...rest, otherTime, otherTopic])).toEqual({
    batch: [first, otherTime, otherTopic],
    rest,
  });
  expect(takeQuestionBatch([])).toEqual({ batch: [], rest: [] });
});

test('the offsets of two groups are two questions', () => {
  const toGroup = (groupId: string, partition: number) => {
    const topics = [{ topic: 'a', partitions: [{ partition }] }];
    return { call: { api: 'OffsetFetch', parameters: { groupId, topics } } as const, isAlone: false };
  };
  const [first, other, second] = [toGroup('g', 0), toGroup('h', 1), toGroup('g', 2)];
  expect(takeQuestionBatch([first, other, second])).toEqual({ batch: [first, second], rest: [other] });
});

test('an answer stays small however many ask', () => {
  const waiting = Array.from({ length: 1_001 }, (_, partition) => toOffset('a', partition));
  const { batch, rest } = takeQuestionBatch(waiting);
  expect([batch.length, rest.length]).toEqual([1_000, 1]);
});

test('one request names each topic once, with the time of each partition', () => {
  const batch = [toOffset('a', 0), toOffset('b', 2), toOffset('a', 1, { timestamp: 5 })];
  expect(toQuestionCall(batch)).toEqual({
    api: 'ListOffsets',
    parameters: {
      replicaId: -1,
      isolationLevel: 1,
      topics: [
        {
          topic: 'a',
          partitions: [
            { partition: 0, timestamp: -1 },
            { partition: 1, timestamp: 5 },
          ],
        },
        { topic: 'b', partitions: [{ partition: 2, timestamp: -1 }] },
      ],
    },
  });
});

test('the ends of epochs are written for all partitions', () => {
  const { call } = toEpoch('a', 1, 7);
  const both = toQuestionCall([{ call, isAlone: false }, toEpoch('a', 2, 8)]);
  expect(bytesOf(both.codec?.write).toString('hex')).toBe(
    [
      ...['ffffffff', '00000001', '000161', '00000002'],
      ...['00000001', '00000009', '00000007', '00000002', '00000009', '00000008'],
    ].join(''),
  );
});

test('each gets its own partition of the answer, and what the answer says as a whole', () => {
  const answer = {
    errorCode: 16,
    responses: [
      {
        topic: 'a',
        partitions: [
          { partition: 1, errorCode: 6 },
          { partition: 0, errorCode: 0 },
        ],
      },
      { topic: 'b', partitions: [{ partition: 0, errorCode: 3 }] },
    ],
  };
  const partOf = (topic: string, partition: number) => findQuestionPart(toOffset(topic, partition), answer);
  expect(partOf('a', 0)).toEqual({
    errorCode: 16,
    responses: [{ topic: 'a', partitions: [{ partition: 0, errorCode: 0 }] }],
  });
  expect(partOf('b', 0)).toMatchObject({ responses: [{ topic: 'b', partitions: [{ errorCode: 3 }] }] });
  expect(partOf('b', 1)).toMatchObject({ responses: [{ topic: 'b', partitions: [] }] });
});
