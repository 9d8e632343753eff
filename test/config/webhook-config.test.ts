import { expect, test } from 'vitest';
import { checkSource, webhookPath } from '../../src/config/webhook-config.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';

test.each([
  ['/webhook', true],
  ['/a/b-c.d_e~f', true],
  ['webhook', false],
  ['/', false],
  ['/a/', false],
  ['/a?b', false],
  ['/:id', false],
])('the path %s is good: %s', (path, isGood) => {
  expect(webhookPath.pattern.test(path)).toBe(isGood);
});

test('each secret that cannot be used is a problem, and a source without any', () => {
  const problemsOf = (...values: readonly string[]) => {
    const problems: ConfigProblem[] = [];
    const secrets = values.map((value, index) => ({ label: `s${index}`, value }));
    checkSource('A', { kind: 'values', secrets }, problems);
    return problems.map(({ message }) => message);
  };
  expect(problemsOf('a secret of enough characters')).toEqual([]);
  expect(problemsOf()).toEqual(['there is no secret in it.']);
  expect(problemsOf('short', 'a secret of enough characters', '')).toEqual([
    expect.stringContaining('"s0" has 5 characters'),
    expect.stringContaining('"s2" has 0 characters'),
  ]);
});
