import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { drawMutants } from './draw-mutants.ts';

const source = fileURLToPath(new URL('../../src', import.meta.url));
const draw = (seed: number, count = 30) =>
  drawMutants({ source, within: ['runtime', 'receiver.ts'], seed, count });

test('the same seed draws the same changes, another one others', () => {
  expect(draw(1)).toEqual(draw(1));
  expect(draw(2).drawn).not.toEqual(draw(1).drawn);
});

test('nothing is drawn twice, and nothing from elsewhere', () => {
  const { drawn, of } = draw(1, 100_000);
  expect(drawn).toHaveLength(of);
  const places = new Set(drawn.map(({ file, rule, start, end }) => [file, rule, start, end].join(' ')));
  expect(places.size).toBe(of);
  expect(drawn.filter(({ file }) => !file.startsWith('runtime/') && file !== 'receiver.ts')).toEqual([]);
});
