import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import {
  collect,
  createIntegerParser,
  createUrlParser,
  parseDurationMs,
  parsePositiveNumber,
  parseTime,
} from '../../src/commands/option-parsers.ts';
import { UsageError } from '../../src/runtime/errors.ts';

describe('a URL', () => {
  const parse = createUrlParser('--url');
  test('is taken as it is', () => {
    expect(parse('https://a.example/b?c').href).toBe('https://a.example/b?c');
  });

  test.each(['a.example', 'ftp://a.example', 'https://user:planted@a.example', ''])(
    'is not %s, which is not shown',
    (text) => {
      expect(() => parse(text)).toThrow(UsageError);
      expect(() => parse(text)).toThrow(/^--url: Give (?!.*planted)/);
    },
  );
});

describe('numbers', () => {
  test.each([
    [createIntegerParser(1, 10), '10', 10],
    [createIntegerParser(0, 10), '0', 0],
    [parsePositiveNumber, '0.5', 0.5],
    [parseDurationMs, '250ms', 250],
    [parseDurationMs, '1.5s', 1_500],
    [parseDurationMs, '5m', 300_000],
    [parseDurationMs, '2h', 7_200_000],
  ])('%s takes %s', (parse, text, value) => {
    expect(parse(text)).toBe(value);
  });

  test.each([
    [createIntegerParser(1, 10), ['0', '11', '1.5', '-1', '', '1e1']],
    [parsePositiveNumber, ['0', '-1', '.5', 'x', '']],
    [parseDurationMs, ['5', '0s', '-1s', '1d', '']],
  ])('%s refuses %j', (parse, texts) => {
    for (const text of texts) {
      expect(() => parse(text)).toThrow(InvalidArgumentError);
    }
  });
});

test('an option that is given several times collects its values', () => {
  expect(collect('b', collect('a', undefined))).toEqual(['a', 'b']);
});

describe('a time', () => {
  test.each(['2026-11-27', '2026-11-27T08:00Z', '2026-11-27T08:00:01.5+01:00'])(
    'may be a date: %s',
    (text) => {
      expect(parseTime(text)).toBe(Date.parse(text));
    },
  );

  test.each([
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
  ])('may be how long ago: %s', (text, agoMs) => {
    expect(Date.now() - parseTime(text) - agoMs).toBeLessThan(60_000);
    expect(Date.now() - parseTime(text) - agoMs).toBeGreaterThanOrEqual(0);
  });

  test.each(['yesterday', '2 h', '-1h', '12:00', ''])('is not %j', (text) => {
    expect(() => parseTime(text)).toThrow(InvalidArgumentError);
  });
});
