import { expect, test } from 'vitest';
import { requireUsableSecret, webhookPath } from '../../src/config/webhook-config.ts';
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

test('secrets are a problem only when no registration has one that can be used', () => {
  const problemsOf = (...webhooks: readonly (readonly string[])[]) => {
    const problems: ConfigProblem[] = [];
    const sources = webhooks.map((values) => ({
      secrets: {
        kind: 'values' as const,
        secrets: values.map((value, index) => ({ label: `s${index}`, value })),
      },
    }));
    requireUsableSecret('A', sources, problems);
    return problems.map(({ message }) => message);
  };
  const good = 'a secret of enough characters';
  expect(problemsOf([good])).toEqual([]);
  expect(problemsOf(['short', good, ''])).toEqual([]);
  expect(problemsOf(['short'], [good])).toEqual([]);
  expect(problemsOf([])).toEqual(['contains no secret.']);
  expect(problemsOf(['short', ''], [])).toEqual([
    expect.stringContaining('"s0" has 5 characters'),
    expect.stringContaining('"s1" has 0 characters'),
    'contains no secret.',
  ]);
});
