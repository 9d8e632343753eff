import { expect, test } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatTime } from '../../../src/ops/status/format.ts';

test.each([
  [0, '0 s'],
  [999, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [17 * 60_000 + 5_000, '17 min 5 s'],
  [85_380_000, '23 h 43 min'],
  [3 * 86_400_000 + 59_000, '3 d'],
])('%s ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [0, '0 bytes'],
  [1_023, '1023 bytes'],
  [1_024, '1.0 KiB'],
  [5_452_595, '5.2 MiB'],
  [1_073_741_824, '1.0 GiB'],
])('%s bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('counts what there is one of, and many', () => {
  expect([
    formatCount(1, 'record'),
    formatCount(1_204, 'record'),
    formatCount(2, 'delivery', 'deliveries'),
  ]).toEqual(['1 record', '1,204 records', '2 deliveries']);
  expect(formatCount(1_000)).toBe('1,000');
});

test('a time says how long ago it was, or in how long it will be', () => {
  const now = '2026-01-01T10:17:00.000Z';
  expect(formatTime('2026-01-01T10:00:00.000Z', now).text).toBe(
    '<time datetime="2026-01-01T10:00:00.000Z">2026-01-01 10:00:00 UTC</time> (17 min ago)',
  );
  expect(formatTime('2026-01-02T10:00:00.000Z', now).text).toContain('(in 23 h 43 min)');
});
