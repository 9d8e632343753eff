import { describe, expect, test } from 'vitest';
import {
  DeliveryPlan,
  type DeliveryPlanOptions,
} from '../../../../src/tools/provider/simulator/delivery-plan.ts';

const options: DeliveryPlanOptions = { batchTimeoutMs: 1_000, count: 10, durationMs: Infinity };

/** Takes all deliveries of a plan by advancing the time from one due time to the next. */
function walk(given: Partial<DeliveryPlanOptions>): (readonly [number, number, number])[] {
  const plan = new DeliveryPlan({ ...options, ...given });
  const taken: (readonly [number, number, number])[] = [];
  for (let due = plan.nextMs(0); due !== undefined; due = plan.nextMs(due)) {
    const next = plan.take(due);
    if (next === undefined) {
      throw new Error(`The plan said ${due} and has nothing then`);
    }
    taken.push([next.readyMs, next.first, next.count]);
  }
  return taken;
}

describe('DeliveryPlan', () => {
  test('sends single events at an even pace', () => {
    expect(walk({ rate: 100, count: 4 })).toEqual([
      [0, 0, 1],
      [10, 1, 1],
      [20, 2, 1],
      [30, 3, 1],
    ]);
  });

  test('sends a batch when it is full', () => {
    expect(walk({ rate: 100, batchSize: 4, count: 8 })).toEqual([
      [30, 0, 4],
      [70, 4, 4],
    ]);
  });

  test('sends a batch with what it has when its time is over, counted from its first event', () => {
    expect(walk({ rate: 2, batchSize: 500, count: 7 })).toEqual([
      [1_000, 0, 3],
      [2_500, 3, 3],
      [3_000, 6, 1],
    ]);
  });

  test('ends with the duration at a rate', () => {
    expect(walk({ rate: 100, durationMs: 35, count: Infinity })).toHaveLength(4);
  });

  test('has the next delivery at once without a rate, until the count or the duration', () => {
    const plan = new DeliveryPlan({ ...options, batchSize: 4 });
    expect([plan.take(5), plan.take(5), plan.take(6), plan.take(7)]).toEqual([
      { first: 0, count: 4, readyMs: 5 },
      { first: 4, count: 4, readyMs: 5 },
      { first: 8, count: 2, readyMs: 6 },
      undefined,
    ]);
    const endless = new DeliveryPlan({ ...options, count: Infinity, durationMs: 100 });
    expect(endless.take(99)).toBeDefined();
    expect(endless.take(100)).toBeUndefined();
  });

  test('does not wait for a receiver that is late: what is due stays due at its own time', () => {
    const plan = new DeliveryPlan({ ...options, rate: 100, count: 3 });
    expect([plan.take(500), plan.take(500), plan.take(500)].map((each) => each?.readyMs)).toEqual([
      0, 10, 20,
    ]);
  });
});
