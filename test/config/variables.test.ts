import { expect, test } from 'vitest';
import {
  booleanVariable,
  choiceVariable,
  credentialVariable,
  durationVariable,
  integerVariable,
  listVariable,
  patternVariable,
  readVariables,
  textVariable,
} from '../../src/config/variables.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

const entries = {
  INTEGER: integerVariable(5, { min: 1, max: 10 }),
  DURATION: durationVariable(60_000, { minMs: 1_000, maxMs: 172_800_000 }),
  BOOLEAN: booleanVariable(false),
  CHOICE: choiceVariable(['red', 'blue'], undefined),
  TEXT: textVariable('text'),
  CREDENTIAL: credentialVariable(),
  PATTERN: patternVariable(undefined, /^[a-z]+$/, 'lower case'),
  LIST: listVariable(),
};

const defaults = {
  INTEGER: 5,
  DURATION: 60_000,
  BOOLEAN: false,
  CHOICE: undefined,
  TEXT: 'text',
  PATTERN: undefined,
  LIST: [],
};

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  return { values: readVariables(entries, env, problems), problems };
}

test('what is not set or empty has its default', () => {
  const empty = Object.fromEntries(Object.keys(entries).map((name) => [name, '']));
  expect(read({})).toEqual({ values: defaults, problems: [] });
  expect(read(empty)).toEqual({ values: defaults, problems: [] });
});

test.each<[keyof typeof entries, string, unknown]>([
  ['INTEGER', '10', 10],
  ['DURATION', '90s', 90_000],
  ['DURATION', '2d', 172_800_000],
  ['BOOLEAN', 'TRUE', true],
  ['CHOICE', 'Blue', 'blue'],
  ['TEXT', ' a ', ' a '],
  ['CREDENTIAL', ' "a" \r\n', ' "a" '],
  ['PATTERN', 'abc', 'abc'],
  ['LIST', ' a, b ,,c', ['a', 'b', 'c']],
])('%s takes %j', (name, text, value) => {
  expect(read({ [name]: text })).toEqual({ values: { ...defaults, [name]: value }, problems: [] });
});

test.each<[keyof typeof entries, string, string]>([
  ['INTEGER', '11', '"11" is not a whole number from 1 to 10.'],
  ['INTEGER', '1e1', '"1e1" is not a whole number from 1 to 10.'],
  ['DURATION', '90', '"90" is not a duration such as 90m or 72h (s, m, h, d), from 1s to 172800s.'],
  ['DURATION', '3d', '"3d" is not a duration such as 90m or 72h (s, m, h, d), from 1s to 172800s.'],
  ['BOOLEAN', 'yes', '"yes" is not true or false.'],
  ['BOOLEAN', 'constructor', '"constructor" is not true or false.'],
  ['CHOICE', 'green', '"green" is not one of red, blue.'],
  ['PATTERN', 'A', '"A" is not lower case.'],
  ['CREDENTIAL', '\n', 'is empty.'],
  ['CREDENTIAL', '\ufeffa', 'begins with a byte order mark: save it as UTF-8 without one.'],
])('%s refuses %j and has its default', (name, text, message) => {
  expect(read({ [name]: text })).toEqual({ values: defaults, problems: [{ variable: name, message }] });
});

test('every fault is reported, and the values beside it are read', () => {
  const { values, problems } = read({ INTEGER: 'x', BOOLEAN: 'x', TEXT: 'kept' });
  expect(problems.map(({ variable }) => variable)).toEqual(['INTEGER', 'BOOLEAN']);
  expect(values.TEXT).toBe('kept');
});
