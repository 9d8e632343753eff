import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { equivalents, findEquivalent } from './equivalent.ts';
import { makeMutants } from './make-mutants.ts';

test('every change that is called equivalent is one that can be drawn', () => {
  const texts = new Map(
    equivalents.map(({ file }) => [
      file,
      readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8'),
    ]),
  );
  const found = [...texts].flatMap(([file, text]) =>
    makeMutants(file, text).map((mutant) => findEquivalent(mutant, text)),
  );
  expect(equivalents.filter((each) => !found.includes(each))).toEqual([]);
});
