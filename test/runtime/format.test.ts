import { expect, test } from 'vitest';
import { formatBytes, formatCount, formatDuration, toIso, toJsonText } from '../../src/runtime/format.ts';

test.each([
  [0, '0 s'],
  [999, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [17 * 60_000 + 5_000, '17 min 5 s'],
  [85_385_000, '23 h 43 min'],
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
  [2 ** 52, '4096.0 TiB'],
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

test('a time that is no date is shown as its number', () => {
  expect(toIso(-8.64e15)).toBe('-271821-04-20T00:00:00.000Z');
  expect(toIso(8.64e15 + 1)).toBe('8640000000000001 ms');
});

test('JSON for programs can be read', () => {
  expect(toJsonText({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}\n');
});
