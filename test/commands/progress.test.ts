import { Writable } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { formatProgress, showProgress, showReadProgress } from '../../src/commands/progress.ts';

const usual = { done: 500, total: 2_000, elapsedMs: 5_000, detail: ', lost 0' };

afterEach(() => vi.useRealTimers());

function createOutput(properties: object) {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream: Object.assign(stream, properties), chunks };
}

test('shows bar, share, count, rate and time left', () => {
  expect(formatProgress(usual)).toBe('██████░░░░░░░░░░░░░░░░░░ 25 % 500/2,000 100/s, 15 s left, lost 0');
  expect(formatProgress({ ...usual, total: undefined })).toBe('5 s 500 100/s, lost 0');
  expect(formatProgress({ ...usual, total: undefined, done: 0 })).toBe('5 s, lost 0');
  expect(formatProgress({ ...usual, done: 0, elapsedMs: 0 })).toContain(' 0 % 0/2,000 0/s, lost 0');
});

test.each([
  [{ columns: 40 }, 39],
  // The width of the terminal is unknown, so the default is used.
  [{}, 79],
])('writes over one line on a terminal, and clears it at the end: %j', (width, shown) => {
  vi.useFakeTimers();
  const { stream, chunks } = createOutput({ isTTY: true, ...width });
  const state = { ...usual, detail: ', lost 0'.padEnd(80, '!') };
  const progress = showProgress(stream, () => state);
  vi.advanceTimersByTime(1_900);
  expect(chunks).toEqual([]);
  vi.advanceTimersByTime(200);
  progress.stop();
  vi.advanceTimersByTime(1_000);
  expect(chunks).toHaveLength(3);
  expect(chunks[0]).toBe(`\r\u001b[K${formatProgress(state).slice(0, shown)}`);
  expect(chunks[2]).toBe('\r\u001b[K');
});

test('writes nothing for a command that ends within two seconds', () => {
  vi.useFakeTimers();
  const { stream, chunks } = createOutput({ isTTY: true });
  const progress = showProgress(stream, () => usual);
  vi.advanceTimersByTime(1_900);
  progress.stop();
  expect(chunks).toEqual([]);
});

test('clears the line before a warning on a terminal', () => {
  vi.useFakeTimers();
  const { stream, chunks } = createOutput({ isTTY: true });
  const { observer, stop } = showReadProgress(stream);
  observer.onStart('events/0', 3_000);
  vi.advanceTimersByTime(2_000);
  observer.onWarning('Something is missing.');
  stop();
  expect(chunks.slice(-3)).toEqual(['\r\u001b[K', 'Something is missing.\n', '\r\u001b[K']);
});

test('writes nothing where there is no terminal, unless lines are requested: then one every ten seconds', () => {
  vi.useFakeTimers();
  const { stream, chunks } = createOutput({});
  const silent = showProgress(stream, () => usual);
  vi.advanceTimersByTime(20_000);
  silent.stop();
  expect(chunks).toEqual([]);
  const progress = showProgress(stream, () => usual, { linesElsewhere: true });
  vi.advanceTimersByTime(20_000);
  progress.stop();
  expect(chunks).toEqual([`${formatProgress(usual)}\n`, `${formatProgress(usual)}\n`]);
});

test('the reading of a journal is told in bytes, that of other stores in records', () => {
  vi.useFakeTimers();
  const { stream, chunks } = createOutput({ isTTY: true });
  const { observer, stop } = showReadProgress(stream);
  observer.onStart('the journal data/journal', 3 * 2 ** 20, 'bytes');
  observer.onProgress(2 ** 20);
  vi.advanceTimersByTime(10_000);
  stop();
  expect(chunks.join('')).toContain(' 33 % 1.0 MiB/3.0 MiB 102.4 KiB/s');

  const records = createOutput({ isTTY: true });
  const other = showReadProgress(records.stream);
  other.observer.onStart('events/0', 3_000);
  other.observer.onProgress(1_000);
  vi.advanceTimersByTime(10_000);
  other.stop();
  expect(records.chunks.join('')).toContain(' 33 % 1,000/3,000 100/s');
});
