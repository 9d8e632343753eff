import { expect, test } from 'vitest';
import { formatSimulationReport } from '../../../src/provider/simulator/simulation-report.ts';

const report = {
  seed: 7,
  events: 10,
  accepted: 8,
  retried: 1,
  lost: 2,
  lostBy: { status_400: 2 },
  unfinished: 0,
  deliveries: 5,
  attempts: 6,
  results: { 200: 4, 400: 1, timeout: 1 },
  durationMs: 1_500,
  acceptedPerSecond: 5,
  latencyMs: { p50: 1, p90: 2, p99: 3, p999: 4, max: 5 },
};

test('has one line for each fact', () => {
  expect(formatSimulationReport(report).split('\n')).toEqual([
    'seed       7',
    'events     10 in 5 deliveries, 6 attempts',
    'accepted   8 (5/s over 1.5 s)',
    'retried    1',
    'lost       2 (2 status_400)',
    'answers    4 × 200, 1 × 400, 1 × timeout',
    'latency    p50 1 ms, p90 2 ms, p99 3 ms, p99.9 4 ms, max 5 ms',
    '',
  ]);
  expect(formatSimulationReport({ ...report, unfinished: 3 })).toContain('unfinished 3\n');
});
