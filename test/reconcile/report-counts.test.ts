import { expect, test } from 'vitest';
import type { HourCounts } from '../../src/reconcile/compare-counts.ts';
import { createReportBody, toReportedCounts } from '../../src/reconcile/report-counts.ts';
import { readReconcileReport } from '../../src/webhook/reconcile-report.ts';

const name = 'message.sent';

/** 30 hours of ten counted events. In the last but one of the settled hours all are missing, in the first one as well. */
const hours = Array.from({ length: 30 }, (_, at): HourCounts => {
  const missing = [0, 27].includes(at) ? 10 : 0;
  const counts = { name, provider: 10, stored: 10 - missing, missing, beyond: 0 } as const;
  return { startMs: at, isSettled: at < 29, names: [{ ...counts, channels: new Map() }] };
});

const comparison = {
  hours,
  names: [
    { name, provider: 290, stored: 270, missing: 20, beyond: 0 },
    { name: 'message.read', provider: 0, stored: 0, missing: 0, beyond: 0 },
  ],
  missing: 20,
} as const;

test('a report has the shares of the last 1, 6 and 24 settled hours, and all that is missing', () => {
  expect(toReportedCounts(comparison)).toEqual({
    'message.sent': { missing: 20, storedRatio: { '1h': 1, '6h': 50 / 60, '24h': 230 / 240 } },
    'message.read': { missing: 0, storedRatio: {} },
  });
});

test('a receiver reads what was reported', () => {
  const report = {
    sentAtMs: 1_700_000_000_000,
    parts: { counts: false },
    names: toReportedCounts(comparison),
  };
  const value = createReportBody(report);
  const { name: ce_type, revision } = JSON.parse(value.toString());
  const headers = { ce_type, revision: String(revision) };
  expect(readReconcileReport([{ topic: 't', key: 'k', value, headers }])).toEqual(report);
});
