import { expect, test } from 'vitest';
import { readKeyRules } from '../../src/config/key-rules-config.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';

test('has rules for every family by default, and those that are set', () => {
  expect(readKeyRules({}, []).families.has('conversation')).toBe(true);
  expect(readKeyRules({ KEY_RULES: '*=id,a.b' }, []).otherwise).toEqual([['id'], ['a', 'b']]);
});

test('rules that cannot be read are a problem', () => {
  const problems: ConfigProblem[] = [];
  readKeyRules({ KEY_RULES: 'nonsense' }, problems);
  expect(problems).toEqual([{ variable: 'KEY_RULES', message: 'rule 1 is not family=path,path.' }]);
});
