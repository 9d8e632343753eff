import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { type Manifest, minimalValues, refusal, render, type Values } from './support/render.ts';

const values: Values = parse(readFileSync(join(chartDirectory, 'values.yaml'), 'utf8'));
const schema: Manifest = JSON.parse(readFileSync(join(chartDirectory, 'values.schema.json'), 'utf8'));

describe('values.schema.json', () => {
  const closed = [...closedObjects(schema, [])];

  test('knows exactly the keys of values.yaml', () => {
    expect(closed.length).toBeGreaterThan(15);
    for (const { path, keys } of closed) {
      const present = path.reduce<Manifest>((at, key) => at?.[key], values);
      expect({ path, keys: new Set(Object.keys(present ?? {})) }).toEqual({ path, keys: new Set(keys) });
    }
  });

  test.each(closed)('an unknown key is refused in /$path', ({ path }) => {
    const wrong = structuredClone(minimalValues);
    path.reduce<Manifest>((at, key) => {
      at[key] ??= {};
      return at[key];
    }, wrong).noSuchKey = true;
    expect(refusal(wrong)).toContain("additional properties 'noSuchKey' not allowed");
  });

  test('keys for anchors of YAML are let through at the top', () => {
    expect(() => render({ ...minimalValues, 'x-anchors': { any: ['thing'] } })).not.toThrow();
  });
});

/** Objects whose keys the schema lists one by one and gives no definition of their own. */
function* closedObjects(node: Manifest, path: string[]): Generator<{ path: string[]; keys: string[] }> {
  if (node.type !== 'object' || node.properties === undefined) {
    return;
  }
  if (node.additionalProperties === false) {
    yield { path, keys: Object.keys(node.properties) };
  }
  for (const [key, child] of Object.entries(node.properties)) {
    yield* closedObjects(child, [...path, key]);
  }
}
