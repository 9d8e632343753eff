import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { corpusOf, plantedTable } from './corpus.ts';
import { mutantsOf } from './mutants/mutants.ts';
import { scenarios } from './scenarios.ts';

test.for(Object.keys(scenarios))('what was found in %s is looked for first, each seed once', (store) => {
  const seeds = corpusOf(store);
  expect(seeds.length).toBeGreaterThan(4);
  expect(new Set(seeds).size).toBe(seeds.length);
});

test.for(Object.keys(scenarios))('each defect that is planted in %s has its seed in the table', (store) => {
  const table = readFileSync(plantedTable, 'utf8');
  const missing = mutantsOf(store).filter(
    ({ name }) => ![name, `"${name}"`].some((cell) => table.includes(`\n${store},${cell},`)),
  );
  expect(missing.map(({ name }) => name)).toEqual([]);
});
