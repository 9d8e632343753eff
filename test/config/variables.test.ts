import { describe, expect, test } from 'vitest';
import {
  defineBaseUrlVariable,
  defineBooleanVariable,
  defineChoiceVariable,
  defineCredentialVariable,
  defineDurationVariable,
  defineIntegerVariable,
  defineListVariable,
  defineParsedVariable,
  definePatternVariable,
  defineTextVariable,
  findBaseUrlProblem,
  listVariableNames,
  readVariables,
} from '../../src/config/variables.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

describe('variables', () => {
  const entries = {
    INTEGER: defineIntegerVariable('INTEGER', 5, { min: 1, max: 10 }),
    DURATION: defineDurationVariable('DURATION', 60_000, { minMs: 1_000, maxMs: 172_800_000 }),
    BOOLEAN: defineBooleanVariable('BOOLEAN', false),
    CHOICE: defineChoiceVariable('CHOICE', ['red', 'blue']),
    TEXT: defineTextVariable('TEXT', 'text'),
    CREDENTIAL: defineCredentialVariable('CREDENTIAL'),
    PATTERN: definePatternVariable('PATTERN', { pattern: /^[a-z]+$/, expected: 'lower case' }),
    LIST: defineListVariable('LIST'),
    ADDRESS: defineBaseUrlVariable('ADDRESS', 'Give another'),
    PARSED: defineParsedVariable('PARSED', (text) => (text === '?' ? 'cannot be read' : { text }), 'usual'),
  };

  const defaults = {
    INTEGER: 5,
    DURATION: 60_000,
    BOOLEAN: false,
    CHOICE: undefined,
    TEXT: 'text',
    PATTERN: undefined,
    LIST: [],
    PARSED: { text: 'usual' },
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
    ['INTEGER', '1', 1],
    ['INTEGER', '10', 10],
    ['DURATION', '1s', 1_000],
    ['DURATION', '2h', 7_200_000],
    ['DURATION', '2d', 172_800_000],
    ['BOOLEAN', 'TRUE', true],
    ['CHOICE', 'Blue', 'blue'],
    ['TEXT', ' a ', ' a '],
    ['CREDENTIAL', ' "a" \r\n', ' "a" '],
    ['PATTERN', 'abc', 'abc'],
    ['LIST', ' a, b ,,c', ['a', 'b', 'c']],
    ['ADDRESS', 'https://a.example/b//', 'https://a.example/b'],
    ['PARSED', 'a', { text: 'a' }],
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
    ['ADDRESS', 'a.example', 'is not an http:// or https:// URL. Give another.'],
    ['PARSED', '?', 'cannot be read.'],
    ['CREDENTIAL', '\ufeffa', 'begins with a byte order mark: save it as UTF-8 without a byte order mark.'],
  ])('%s refuses %j and has its default', (name, text, message) => {
    expect(read({ [name]: text })).toEqual({ values: defaults, problems: [{ variable: name, message }] });
  });

  test('what is not set and has no default is skipped', () => {
    expect(Object.keys(read({}).values)).toEqual([
      'INTEGER',
      'DURATION',
      'BOOLEAN',
      'TEXT',
      'LIST',
      'PARSED',
    ]);
  });

  test('a field may have another name than its variable', () => {
    const variables = { port: defineIntegerVariable('MY_PORT', 80, { min: 1, max: 90 }) };
    const problems: ConfigProblem[] = [];
    expect(listVariableNames(variables)).toEqual(['MY_PORT']);
    expect(readVariables(variables, { MY_PORT: '81', port: '82' }, problems)).toEqual({ port: 81 });
    expect(readVariables(variables, { MY_PORT: '91' }, problems)).toEqual({ port: 80 });
    expect(problems.map(({ variable }) => variable)).toEqual(['MY_PORT']);
  });

  test('every fault is reported, and the values beside it are read', () => {
    const { values, problems } = read({ INTEGER: 'x', BOOLEAN: 'x', TEXT: 'kept' });
    expect(problems.map(({ variable }) => variable)).toEqual(['INTEGER', 'BOOLEAN']);
    expect(values.TEXT).toBe('kept');
  });
});

describe('base url', () => {
  test.each(['https://hooks.example.com', 'http://localhost:8080/prefix/'])('takes %s', (url) => {
    expect(findBaseUrlProblem(url)).toBeUndefined();
  });

  test.each([
    ['hooks.example.com', 'is not an http'],
    ['ftp://hooks.example.com', 'is not an http'],
    ['https://user@hooks.example.com', 'contains a user name'],
    ['https://:planted@hooks.example.com', 'contains a user name'],
    ['https://hooks.example.com?', 'has a query'],
    ['https://hooks.example.com/a#b', 'has a query or a fragment'],
  ])('refuses %s, and does not quote it', (url, fault) => {
    expect(findBaseUrlProblem(url)).toContain(fault);
    expect(findBaseUrlProblem(url)).not.toContain('example.com');
  });
});
