import { describe, expect, test } from 'vitest';
import { EventSource } from '../../../../src/tools/provider/simulator/event-source.ts';
import {
  type DeliveryJob,
  formatSimulationReport,
  SimulationTally,
} from '../../../../src/tools/provider/simulator/simulation-report.ts';

describe('simulation report', () => {
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
});

describe('simulation tally', () => {
  test('counts events, deliveries and attempts, and times from the intended start', () => {
    const tally = new SimulationTally(new EventSource(7), undefined);
    const good: DeliveryJob = { slots: [0, 1], attempts: 0, intendedMs: 0 };
    const bad: DeliveryJob = { slots: [2, 3, 4], attempts: 0, intendedMs: 10 };
    for (const job of [good, bad]) {
      tally.begin(job);
      tally.attempt(job);
    }
    tally.answer(good, 'timeout', 50);
    tally.attempt(good);
    tally.answer(good, 200, 100);
    tally.settle(good, 'accepted');
    tally.answer(bad, 400, 200);
    expect(tally.counts).toMatchObject({ sent: 5, accepted: 2, lost: 0 });
    tally.settle(bad, 'lost', 'status_400');

    expect(tally.report()).toEqual({
      seed: 7,
      events: 5,
      accepted: 2,
      lost: 3,
      unfinished: 0,
      retried: 2,
      deliveries: 2,
      attempts: 3,
      lostBy: { status_400: 3 },
      results: { timeout: 1, 200: 1, 400: 1 },
      durationMs: 200,
      acceptedPerSecond: 10,
      latencyMs: expect.objectContaining({ p50: expect.closeTo(100, 0), max: 190 }),
    });
  });

  test('percentiles are right to 2 %, whatever the scale', () => {
    for (const scale of [0.01, 1, 100]) {
      const tally = new SimulationTally(new EventSource(7), undefined);
      for (let value = 1; value <= 1_000; value += 1) {
        tally.answer({ slots: [0], attempts: 1, intendedMs: 0 }, 200, value * scale);
      }
      const { p50, p90, p99, max } = tally.report().latencyMs;
      for (const [actual, expected] of [
        [p50, 500],
        [p90, 900],
        [p99, 990],
      ] as const) {
        expect(Math.abs(actual / scale - expected)).toBeLessThan(expected * 0.02);
      }
      expect(max).toBe(1_000 * scale);
    }
  });

  test('nothing measured is 0', () => {
    const tally = new SimulationTally(new EventSource(7), undefined);
    expect(tally.report().latencyMs).toEqual({ p50: 0, p90: 0, p99: 0, p999: 0, max: 0 });
  });
});
