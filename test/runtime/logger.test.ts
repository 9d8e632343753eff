import { describe, expect, test, vi } from 'vitest';
import { bufferLines, createInfoLine, createLogger } from '../../src/runtime/logger.ts';
import { useFakeTimers } from '../support/fake-timers.ts';

test('writes one JSON object for each line, with the level as a word and the time in ISO 8601', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => lines.push(line) });
  const before = Date.now();
  logger.info({ webhook: 'w' }, 'delivery accepted');
  logger.debug('skipped');
  expect(lines).toHaveLength(1);
  const { time, ...line } = JSON.parse(lines[0] ?? '') as { time: string };
  expect(line).toEqual({ level: 'info', webhook: 'w', msg: 'delivery accepted' });
  expect(new Date(time).toISOString()).toBe(time);
  expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
});

test('what others have written cannot steer a terminal, and is read back as it was', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => lines.push(line) });
  const text = '\u001b[2J\u009b2J\u0085\u007f';
  logger.child({ of: text }).warn({ err: new Error(text), text }, text);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\p{Cc}]+\n$/u);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ of: text, text, msg: text, err: { message: text } });
});

describe('an info line', () => {
  const line = {
    text: 'plain "quoted" \\ \n \u2028 \ud800 é',
    count: 3,
    share: 0.1,
    notFinite: Number.NaN,
    left: undefined,
    nothing: null,
    isGood: true,
    list: [{ id: 'a', key: undefined }],
    map: { a: 1 },
  };

  test.each([
    ['a logger', {}],
    ['a child with members of its own', { part: 'p"', count: 1 }],
  ])('of %s is what pino writes', (_, members) => {
    vi.setSystemTime('2026-01-02T03:04:05.678Z');
    const lines: string[] = [];
    const logger = createLogger('info', { write: (text) => lines.push(text) }).child(members);
    createInfoLine(logger, 'a "message"')(line);
    logger.info(line, 'a "message"');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe(lines[1]);
  });

  test('is skipped when its level is not logged', () => {
    const lines: string[] = [];
    const logger = createLogger('warn', { write: (text) => lines.push(text) });
    createInfoLine(logger, 'message')(line);
    expect(lines).toEqual([]);
    logger.level = 'info';
    createInfoLine(logger, 'message')(line);
    expect(lines).toHaveLength(1);
  });
});

useFakeTimers();

function setUp() {
  const written: string[] = [];
  const flushSync = vi.fn();
  const held = bufferLines(
    { write: (text) => written.push(text), flushSync },
    { maxCharacters: 14, maxMs: 200 },
  );
  return { written, flushSync, held };
}

test('writes lines together once they have so many characters, none of them twice', () => {
  const { written, held } = setUp();
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) {
    held.write(line);
  }
  expect(written).toEqual(['one\ntwo\nthree\n']);
});

test('writes what it holds at each interval', () => {
  const { written, held } = setUp();
  held.write('one\n');
  vi.advanceTimersByTime(200);
  vi.advanceTimersByTime(200);
  expect(written).toEqual(['one\n']);
});

test('a flush writes what it holds first', () => {
  const { written, flushSync, held } = setUp();
  held.write('one\n');
  flushSync.mockImplementation(() => written.push('flushed'));
  held.flushSync();
  held.flushSync();
  expect(written).toEqual(['one\n', 'flushed', 'flushed']);
});
