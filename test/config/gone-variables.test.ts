import { expect, test } from 'vitest';
import { findGoneVariables, goneVariables } from '../../src/config/gone-variables.ts';
import { knownVariables } from '../../src/config/unused-variables.ts';

test('every name that went is said at once, with what stands for it', () => {
  const env = Object.fromEntries(Object.keys(goneVariables).map((name) => [name, 'x']));
  const problems = findGoneVariables(env);
  expect(problems.map(({ variable }) => variable)).toEqual(Object.keys(goneVariables));
  for (const { message } of problems) {
    expect(message).toMatch(/^is gone: .{20,}\. Remove it\.$/);
  }
});

test('one that is set to nothing is not set', () => {
  expect(findGoneVariables({ BODY_TIMEOUT_MS: '' })).toEqual([]);
});

test('none of them is read, and what stands for one is', () => {
  /** Node itself reads this variable. */
  const known = new Set([...knownVariables, 'NODE_EXTRA_CA_CERTS']);
  const named = Object.values(goneVariables).flatMap(
    (instead) => instead.match(/\b[A-Z]+(_[A-Z]+)+\b/g) ?? [],
  );
  expect(Object.keys(goneVariables).filter((name) => knownVariables.has(name))).toEqual([]);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
