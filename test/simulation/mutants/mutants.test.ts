import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scenarios } from '../scenarios.ts';
import { mutantsOf } from './mutants.ts';

test.for(Object.keys(scenarios))('each mutant of %s is a change of one place', (store) => {
  const mutants = mutantsOf(store);
  expect(mutants.length).toBeGreaterThan(0);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  for (const { name, file, find, replace } of mutants) {
    const text = readFileSync(new URL(`../../../src/${file}`, import.meta.url), 'utf8');
    expect(text.split(find).length - 1, name).toBe(1);
    expect(replace, name).not.toBe(find);
  }
});
