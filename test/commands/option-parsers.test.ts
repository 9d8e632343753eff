import { InvalidArgumentError } from 'commander';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  createIntegerParser,
  createUrlParser,
  parseDurationMs,
  parsePositiveNumber,
  parseSearchStart,
  parseTime,
  requireChronologicalOrder,
} from '../../src/commands/option-parsers.ts';
import { UsageError } from '../../src/runtime/errors.ts';
import { toIso } from '../../src/runtime/format.ts';

describe('a URL', () => {
  const parse = createUrlParser('--url');
  test('is taken as it is', () => {
    expect(parse('https://a.example/b?c').href).toBe('https://a.example/b?c');
  });

  test.each(['a.example', 'ftp://a.example', 'https://user:planted@a.example', ''])(
    'is not %s, which is not shown',
    (text) => {
      expect(() => parse(text)).toThrow(UsageError);
      expect(() => parse(text)).toThrow(/^--url: the (?:value is not|URL contains) (?!.*planted)/);
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

describe('a time', () => {
  test.each([
    ['2026-11-27', '2026-11-27T00:00:00.000Z'],
    ['2026-11-27T08:00', '2026-11-27T08:00:00.000Z'],
    ['2026-11-27 08:00', '2026-11-27T08:00:00.000Z'],
    ['2026-11-27t08:00z', '2026-11-27T08:00:00.000Z'],
    ['2026-11-27T08:00:01.5+01:00', '2026-11-27T07:00:01.500Z'],
    ['2028-02-29T23:59:59-05:00', '2028-03-01T04:59:59.000Z'],
  ])('is of UTC unless it says another zone, wherever the machine is: %s', (text, expected) => {
    vi.stubEnv('TZ', 'America/New_York');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(new Date(2026, 0, 1).getTimezoneOffset()).toBe(300);
    expect(toIso(parseTime(text))).toBe(expected);
  });

  test.each([
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
  ])('may be how long ago: %s', (text, agoMs) => {
    vi.useFakeTimers({ now: Date.parse('2026-11-27T08:00:00Z') });
    onTestFinished(() => void vi.useRealTimers());
    expect(Date.now() - parseTime(text)).toBe(agoMs);
  });

  test.each([
    ...['yesterday', '2 h', '-1h', '12:00', '', '2026-11', '2026-11-27T', '2026-11-27Z', '2026-11-27T8:00'],
    ...['2026-11-31', '2026-02-29', '2026-13-01', '2026-11-27T24:00', '2026-11-27T08:60'],
    ...['2026-11-27 and more', '2026-11-27T08:00Z?', '2026-11-27T08:00 UTC', '2026-11-27T08:00+0100'],
  ])('is not %j', (text) => {
    expect(() => parseTime(text)).toThrow(InvalidArgumentError);
  });

  test('from which something is looked for is not to come', () => {
    expect(() => parseSearchStart(toIso(Date.now() + 60_000))).toThrow(
      /^This time is in the future: it is now 20/,
    );
    expect(parseSearchStart('2026-01-01')).toBe(Date.UTC(2026, 0, 1));
  });

  test('that begins is before the one that ends', () => {
    requireChronologicalOrder('--since', 1, '--until', 2);
    requireChronologicalOrder('--since', undefined, '--until', 2);
    requireChronologicalOrder('--since', 1, '--until', undefined);
    expect(() => requireChronologicalOrder('--since', 1, '--until', 1)).toThrow(
      /^--since must be before --until: /,
    );
  });
});
