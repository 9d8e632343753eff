import { expect, test } from 'vitest';
import { createLogGuard } from '../../../src/kafka/filter/log-guard.ts';
import { LogChangedError } from '../../../src/revisions/filter-store.ts';

function setUp(start: { offset: number; epoch: number; topicId?: string }) {
  const log = { topic: 'events', partition: 0 };
  const now: { topicId?: string; leaderEpoch?: number } = { topicId: 'id', leaderEpoch: 5 };
  const ends = new Map<number, number>();
  const asked: number[] = [];
  const guard = createLogGuard({
    routes: { viewOf: async () => now },
    reader: {
      async epochEnd(_of, epoch) {
        asked.push(epoch);
        return ends.get(epoch);
      },
    },
    log,
    start,
  });
  return { guard, now, ends, asked };
}

test('the epoch of the leader is checked once, and again after an election', async () => {
  const { guard, now, ends, asked } = setUp({ offset: 10, epoch: 4, topicId: 'id' });
  ends.set(4, 12);
  expect(await guard.check(10)).toBe(5);
  expect(await guard.check(10)).toBe(5);
  guard.noteRead(20, 5);
  ends.set(5, 20);
  now.leaderEpoch = 6;
  expect(await guard.check(20)).toBe(6);
  expect(asked).toEqual([4, 5]);
});

test('a log that was cut back before the position is another one', async () => {
  const { guard, ends } = setUp({ offset: 10, epoch: 4, topicId: 'id' });
  ends.set(4, 9);
  await expect(guard.check(10)).rejects.toThrow(LogChangedError);
  await expect(guard.check(10)).rejects.toThrow('events-0 was cut back before offset 10');
});

test('a topic with another id is another one; an id that is not known is not', async () => {
  const { guard, now } = setUp({ offset: 10, epoch: 4, topicId: 'id' });
  now.topicId = 'other';
  await expect(guard.check(10)).rejects.toThrow('events was made again');
  delete now.topicId;
  expect(await guard.check(10)).toBe(5);
  expect(await setUp({ offset: 10, epoch: 4 }).guard.check(10)).toBe(5);
});

test('the epochs of the last positions are remembered', () => {
  const { guard } = setUp({ offset: 0, epoch: 1 });
  for (let offset = 1; offset <= 8; offset += 1) {
    guard.noteRead(offset, offset + 1);
  }
  expect([0, 1, 8, 99].map(guard.epochBefore)).toEqual([-1, 2, 9, -1]);
});
