import { expect, test } from 'vitest';
import { LogChangedError } from '../../../../../src/filter/filter-store.ts';
import { KafkaAnswerError } from '../../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import { LogContinuityGuard } from '../../../../../src/stores/kafka/consume/filter/log-continuity-guard.ts';

/** A log whose reads return ten offsets each, written by the leader of the requested epoch. */
function setUp(start: { offset: number; epoch: number; topicId?: string }, failure?: Error) {
  const log = { topic: 'events', partition: 0 };
  const now: { topicId?: string; leaderEpoch?: number } = { topicId: 'id', leaderEpoch: 5 };
  const ends = new Map<number, number>();
  const asked: number[] = [];
  const sent: (number | undefined)[] = [];
  const others = { check: async () => {} };
  const guard = new LogContinuityGuard({
    routes: { viewOf: async () => now },
    reader: {
      async epochEnd(_of, epoch) {
        asked.push(epoch);
        return ends.get(epoch);
      },
      async fetch(_from, { fromOffset, leaderEpoch }) {
        const epoch = await leaderEpoch?.();
        sent.push(epoch);
        if (failure !== undefined) {
          throw failure;
        }
        const nextOffset = fromOffset + 10;
        const facts = { endOffset: nextOffset, isFull: false, byteCount: 1 };
        return { records: [], nextOffset, lastEpoch: epoch ?? -1, ...facts };
      },
    },
    log,
    start,
    checkOthers: () => others.check(),
  });
  const read = (fromOffset: number) => guard.read({ fromOffset, maxWaitMs: 0, maxBytes: 1 });
  return { guard, read, now, ends, asked, sent, others };
}

test('the epoch of the leader is sent, checked once, and again after an election', async () => {
  const { read, now, ends, asked, sent } = setUp({ offset: 10, epoch: 4, topicId: 'id' });
  ends.set(4, 12);
  expect((await read(10)).nextOffset).toBe(20);
  await read(10);
  expect([asked, sent]).toEqual([[4], [5, 5]]);
  ends.set(5, 20);
  now.leaderEpoch = 6;
  await read(20);
  expect([asked, sent]).toEqual([
    [4, 5],
    [5, 5, 6],
  ]);
});

test('a log that was cut back before the position is another one', async () => {
  const { read, ends, sent } = setUp({ offset: 10, epoch: 4, topicId: 'id' });
  ends.set(4, 9);
  await expect(read(10)).rejects.toThrow(LogChangedError);
  await expect(read(10)).rejects.toThrow('events-0 was truncated before offset 10');
  expect(sent).toEqual([]);
});

test('a topic with another id is another one; an id that is not known is not', async () => {
  const { read, now } = setUp({ offset: 10, epoch: 4, topicId: 'id' });
  now.topicId = 'other';
  await expect(read(10)).rejects.toThrow('events was recreated');
  delete now.topicId;
  expect((await read(10)).nextOffset).toBe(20);
  expect((await setUp({ offset: 10, epoch: 4 }).read(10)).nextOffset).toBe(20);
});

test('an offset that the log does not have is a changed log, and any other failure is itself', async () => {
  const start = { offset: 10, epoch: 4 };
  const outOfRange = new KafkaAnswerError('fail', errorCodes.OFFSET_OUT_OF_RANGE, 'out of range');
  await expect(setUp(start, outOfRange).read(10)).rejects.toThrow('events-0 has no offset 10');
  await expect(setUp(start, outOfRange).read(10)).rejects.toThrow(LogChangedError);
  const other = new KafkaAnswerError('fail', -1, 'something else');
  await expect(setUp(start, other).read(10)).rejects.toBe(other);
});

test('what others find ends the read before it is sent', async () => {
  const { read, sent, others } = setUp({ offset: 10, epoch: 4 });
  const changed = new LogChangedError('latest was recreated');
  others.check = () => Promise.reject(changed);
  await expect(read(10)).rejects.toBe(changed);
  expect(sent).toEqual([]);
});

test('the epochs of the last positions are remembered', async () => {
  const { guard, read, now } = setUp({ offset: 0, epoch: 1 });
  for (let reads = 1; reads <= 8; reads += 1) {
    now.leaderEpoch = reads + 1;
    await read((reads - 1) * 10);
  }
  expect([0, 10, 80, 990].map((offset) => guard.epochBefore(offset))).toEqual([-1, 2, 9, -1]);
});
