import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignPartitions } from '../../../../../src/stores/kafka/consume/filter/join-group.ts';

const groups = fc.record({
  members: fc.uniqueArray(
    fc.record({
      memberId: fc.string({ minLength: 1 }),
      owned: fc.uniqueArray(fc.nat(20), { maxLength: 15 }),
    }),
    { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 6 },
  ),
  partitionCount: fc.integer({ min: 1, max: 20 }),
});

test('gives every partition to one member, in shares that differ by one at most', () => {
  fc.assert(
    fc.property(groups, ({ members, partitionCount }) => {
      const shares = [...assignPartitions(members, partitionCount).values()];
      expect(shares.flat().toSorted((a, b) => a - b)).toEqual([...Array(partitionCount).keys()]);
      const sizes = shares.map((share) => share.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test.each([10, 11, 12])('of %i partitions it moves none when nobody came or left', (count) => {
  const first = assignPartitions(
    ['a', 'b', 'c'].map((memberId) => ({ memberId, owned: [] })),
    count,
  );
  const again = assignPartitions(
    [...first].map(([memberId, owned]) => ({ memberId, owned })),
    count,
  );
  expect(again).toEqual(first);
});

test.for([
  ['somebody comes', { a: [0, 1, 2, 3, 4, 5], b: [6, 7, 8, 9, 10, 11], c: [] }, 4],
  ['somebody has left', { a: [0, 1, 2, 3], b: [4, 5, 6, 7] }, 4],
  ['a member is new to a group of one', { a: [0, 1, 2, 3], b: [] }, 2],
] as const)('moves no more than it must when %s', ([, owned, moves]) => {
  const members = Object.entries(owned).map(([memberId, partitions]) => ({ memberId, owned: partitions }));
  const partitionCount = members.length === 2 && members[1]?.owned.length === 0 ? 4 : 12;
  const assignment = assignPartitions(members, partitionCount);
  const kept = members.flatMap(({ memberId, owned: before }) =>
    (assignment.get(memberId) ?? []).filter((partition) => before.includes(partition as never)),
  );
  expect(partitionCount - kept.length).toBe(moves);
});

test('a partition that several claim stays with the one that claims most, and of equal ones with the first by id', () => {
  const assign = (owned: Readonly<Record<string, readonly number[]>>) =>
    Object.fromEntries(
      assignPartitions(
        Object.entries(owned).map(([memberId, partitions]) => ({ memberId, owned: partitions })),
        4,
      ),
    );
  expect(assign({ a: [0], b: [0, 1] })).toEqual({ a: [2, 3], b: [0, 1] });
  expect(assign({ b: [0], a: [0] })).toEqual({ a: [0, 1], b: [2, 3] });
});
