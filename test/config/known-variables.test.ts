import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isReadBy, knownVariables } from '../../src/config/known-variables.ts';

const folder = new URL('../../src/config/', import.meta.url).pathname;

test('has every variable that a section of the configuration declares', () => {
  const declared = readdirSync(folder).flatMap((file) =>
    [...readFileSync(`${folder}${file}`, 'utf8').matchAll(/\b([A-Z][A-Z0-9_]+): \w+Variable\b/g)].map(
      ([, name = '']) => name,
    ),
  );
  expect(declared.length).toBeGreaterThan(80);
  expect(declared.filter((name) => !knownVariables.has(name))).toEqual([]);
});

test('knows which store reads which', () => {
  expect(isReadBy('kafka', 'KAFKA_TLS')).toBe(true);
  expect(isReadBy('journal', 'KAFKA_TOPIC')).toBe(true);
  expect(isReadBy('journal', 'KAFKA_TLS')).toBe(false);
  expect(isReadBy('redis', 'KAFKA_TOPIC')).toBe(false);
});
