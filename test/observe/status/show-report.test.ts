import { expect, test } from 'vitest';
import { formatTime } from '../../../src/observe/status/show-report.ts';

test('a time says how long ago it was, or in how long it will be', () => {
  const now = '2026-01-01T10:17:00.000Z';
  expect(formatTime('2026-01-01T10:00:00.000Z', now).text).toBe(
    '<time datetime="2026-01-01T10:00:00.000Z">2026-01-01 10:00:00 UTC</time> (17 min ago)',
  );
  expect(formatTime('2026-01-02T10:00:00.000Z', now).text).toContain('(in 23 h 43 min)');
});
