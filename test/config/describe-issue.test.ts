import * as v from 'valibot';
import { expect, test } from 'vitest';
import { describeIssue } from '../../src/config/describe-issue.ts';

const schema = v.array(
  v.strictObject({
    name: v.pipe(v.string(), v.regex(/^a/, 'does not begin with a')),
    filters: v.optional(v.array(v.strictObject({ value: v.string() }))),
  }),
);

test.each([
  [{}, 'the document is not a list'],
  ['planted', 'the document is not a list'],
  [['planted'], 'entry 1 is not an object'],
  [[{ name: 'a' }, {}], 'entry 2, "name" is missing'],
  [[{ name: 7 }], 'entry 1, "name" is not text'],
  [[{ name: 'planted' }], 'entry 1, "name" does not begin with a'],
  [[{ name: 'a', extra: 'planted' }], 'entry 1, "extra" is unknown: remove it'],
  [
    [{ name: 'a', filers: 'planted' }],
    'entry 1, "filers" is unknown: did you mean "filters"? If not, remove it',
  ],
  [[{ name: 'a', filters: [{ value: 'b' }, {}] }], 'entry 1, "filters", entry 2, "value" is missing'],
])('%j: %s', (json, sentence) => {
  const { issues = [] } = v.safeParse(schema, json);
  expect(issues.map((issue) => describeIssue(issue, ['name', 'filters']))).toEqual([sentence]);
});
