import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLogger, holdLines } from '../../src/runtime/logger.ts';

test('writes one JSON object for each line, with the level as a word and the time in ISO 8601', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => lines.push(line) });
  const before = Date.now();
  logger.info({ webhook: 'w' }, 'delivery accepted');
  logger.debug('left out');
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

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const written: string[] = [];
  const flushSync = vi.fn();
  const held = holdLines(
    { write: (text) => written.push(text), flushSync },
    { maxCharacters: 10, maxMs: 200 },
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
