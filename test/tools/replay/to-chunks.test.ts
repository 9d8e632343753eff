import { expect, test } from 'vitest';
import { toChunks } from '../../../src/tools/replay/run-replay.ts';
import { toPlaced } from '../records/placed-record.ts';

const ofBytes = (length: number) => toPlaced({ value: 'x'.repeat(length) });
const small = Array.from({ length: 2_001 }, () => ofBytes(1));
const [large, half, huge] = [ofBytes(700_000), ofBytes(512 * 1024), ofBytes(1024 * 1024 + 1)];

test.each([
  ['a thousand records', small, [1_000, 1_000, 1]],
  ['a mebibyte', [half, half, half], [2, 1]],
  ['fewer large ones', [large, large, ...small.slice(0, 5), large], [1, 6, 1]],
  ['one, if it is larger', [small[0], huge, huge], [1, 1, 1]],
  ['nothing of nothing', [], []],
])('at once go %s', (_, records, lengths) => {
  const given = records.filter((record) => record !== undefined);
  const chunks = [...toChunks(given)];
  expect(chunks.map(({ length }) => length)).toEqual(lengths);
  expect(chunks.flat()).toEqual(given);
});
