import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { holdLines } from '../../src/runtime/held-lines.ts';

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
