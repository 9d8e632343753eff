import { expect, test } from 'vitest';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { Backlog, findWaiting } from '../../../src/stores/spool/backlog.ts';
import { shareOf, toShareName } from '../../../src/stores/spool/share.ts';
import { createEventRecord } from '../../support/test-spool.ts';

const segment = '0000000001-0a1b2c3d.jsonl';
const at = (offset: number) => ({ segment, offset });
const record = (key: string | null) => createEventRecord(key, 1);
/** A key of that partition of so many. */
function keyOf(partition: number, of: number): string {
  for (let index = 0; ; index += 1) {
    if (partitionFor(`k${index}`, of) === partition) {
      return `k${index}`;
    }
  }
}

test('a share has the keys of its partition, as the store spreads them, and no others', () => {
  const backlog = new Backlog();
  const share = shareOf(record(keyOf(3, 12)), 12);
  expect(toShareName(share)).toBe('events 3/12');
  const waiting = backlog.add(share, at(10));
  expect(backlog.find(record(keyOf(3, 12)))).toBe(waiting);
  expect(backlog.find(record(keyOf(4, 12)))).toBeUndefined();
  expect(backlog.find({ ...record(keyOf(3, 12)), topic: 'others' })).toBeUndefined();
  expect(backlog.find(record(null))).toBeUndefined();
  backlog.remove(waiting);
  expect(backlog.isEmpty).toBe(true);
});

test('until it is known over how many a topic is spread, it is one share', () => {
  expect(toShareName(shareOf(record('a'), 0))).toBe('events');
  expect(toShareName(shareOf(record(null), 12))).toBe('events without key');
});

test('a part that the store refuses waits alone, with the lines from its own position on', () => {
  const backlog = new Backlog();
  const rest = backlog.add(undefined, at(50));
  const part = backlog.add(shareOf(record(keyOf(3, 12)), 12), at(10), rest);
  expect(findWaiting(backlog, record(keyOf(3, 12)), at(20))).toBe(part);
  expect(findWaiting(backlog, record(keyOf(3, 12)), at(5))).toBeUndefined();
  expect(findWaiting(backlog, record(keyOf(4, 12)), at(20))).toBeUndefined();
  expect(findWaiting(backlog, record(keyOf(4, 12)), at(60))).toBe(rest);
  part.done.add(20);
  expect(findWaiting(backlog, record(keyOf(3, 12)), at(20))).toBeUndefined();
});

test('a key that is in two shares, because the store has more partitions meanwhile, leaves no line out', () => {
  const backlog = new Backlog();
  backlog.add(shareOf(record(keyOf(3, 12)), 12), at(10));
  const key = keyOf(15, 24);
  const later = backlog.add(shareOf(record(key), 24), at(90));
  expect([partitionFor(key, 12), findWaiting(backlog, record(key), at(20))]).toEqual([3, later]);
});

test('knows which partitions have nothing in the spool', () => {
  const backlog = new Backlog();
  const share = (partition: number, of: number) => ({ topic: 'events', partition, of });
  expect(backlog.holds(share(3, 12))).toBe(false);
  const waiting = backlog.add(share(3, 12), at(0));
  expect([backlog.holds(share(3, 12)), backlog.holds(share(4, 12)), backlog.holds(share(3, 24))]).toEqual([
    true,
    false,
    true,
  ]);
  backlog.remove(waiting);
  backlog.add(undefined, at(0));
  expect(backlog.holds(share(4, 12))).toBe(true);
});

test('what was on its way to disk when it waited with others counts', () => {
  const backlog = new Backlog();
  const rest = backlog.add(undefined, at(0));
  rest.toDisk = 1;
  const part = backlog.add(shareOf(record('a'), 12), at(0), rest);
  expect(part.isOnDisk).toBe(false);
  rest.toDisk = 0;
  expect(part.isOnDisk).toBe(true);
});
