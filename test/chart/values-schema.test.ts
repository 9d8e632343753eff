import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { valuesSchema } from '../../charts/generate/values-schema.ts';
import { type Manifest, minimalValues, refusal, render } from './support/render.ts';

const schema: Manifest = JSON.parse(readFileSync(join(chartDirectory, 'values.schema.json'), 'utf8'));

describe('values.schema.json', () => {
  const closed = [...closedObjects(schema, [])];

  test.each([
    ['# a value\nlist: []', 'the type of list is unknown'],
    ['# a value\nnumber: null', 'the type of number is unknown'],
    ['# a value\nnumber: 1 # at least', 'does not begin with @schema'],
    ['number: 1', 'number has no comment'],
    ['# all\nof:\n  number: 1\n  # another\n  other: 2', 'number has no comment'],
    ['# all\nprometheusRule: { alerts: {} }', 'alert parameter events has no entry'],
  ])('%j is not enough', (value, message) => {
    const sources = { valuesYaml: value, shapesYaml: 'shapes: {}\nnames: {}' };
    expect(() => valuesSchema({ ...sources, alerts: { Full: { events: 1 } } })).toThrow(message);
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

/** Finds objects with a fixed set of keys that are not shared definitions. Yields their paths. */
function* closedObjects(node: Manifest, path: string[]): Generator<{ path: string[] }> {
  if (node.type !== 'object' || node.properties === undefined) {
    return;
  }
  if (node.additionalProperties === false) {
    yield { path };
  }
  for (const [key, child] of Object.entries(node.properties)) {
    yield* closedObjects(child, [...path, key]);
  }
}
