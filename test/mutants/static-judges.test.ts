import { expect, test } from 'vitest';
import { makeMutants } from './make-mutants.ts';
import { toBatches } from './static-judges.ts';

test('no two changes of a batch are in one file', () => {
  const of = (file: string) => makeMutants(file, 'const a = [1, 2, 3];').slice(0, file === 'x.ts' ? 3 : 1);
  const batches = toBatches([...of('x.ts'), ...of('y.ts')]);
  expect(batches.map((batch) => batch.map(({ file }) => file))).toEqual([
    ['x.ts', 'y.ts'],
    ['x.ts'],
    ['x.ts'],
  ]);
});
