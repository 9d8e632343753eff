import { expect, test } from 'vitest';
import { createEventFates } from '../../../src/provider/simulator/event-fates.ts';
import { createEventSource } from '../../../src/provider/simulator/event-source.ts';
import { createSimulationTally, type DeliveryJob } from '../../../src/provider/simulator/simulation-tally.ts';

test('counts events, deliveries and attempts, and times from the intended start', () => {
  const fates = createEventFates();
  const tally = createSimulationTally({ source: createEventSource(7), fates });
  const good: DeliveryJob = { first: 0, count: 2, attempts: 0, intendedMs: 0 };
  const bad: DeliveryJob = { first: 2, count: 3, attempts: 0, intendedMs: 10 };
  for (const job of [good, bad]) {
    tally.begin(job);
    tally.attempt(job);
  }
  tally.answer(good, 'timeout', 50);
  tally.attempt(good);
  tally.answer(good, 200, 100);
  tally.settle(good, 'accepted');
  tally.answer(bad, 400, 200);
  expect(tally.progress(200)).toEqual({ elapsedMs: 200, sent: 5, accepted: 2, lost: 0 });
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
  expect([fates.get(0), fates.get(4)]).toEqual(['accepted', 'lost']);
});
