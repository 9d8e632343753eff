import { expect, test, vi } from 'vitest';
import { createBodyWatch } from '../../src/http/arriving-body.ts';
import { noSlot } from '../../src/runtime/deadline-watch.ts';
import { useFakeTimers } from '../support/fake-timers.ts';

useFakeTimers();

function watchBody(gate: { isCrowded: boolean }) {
  const startedAt = performance.now();
  const watch = createBodyWatch({ now: () => performance.now(), gate, bodyTimeoutMs: 5_000 });
  const seen: { countedAt: number[]; endedAt?: number } = { countedAt: [] };
  const passed = () => Math.round(performance.now() - startedAt);
  watch.add({
    ...{
      slot: noSlot,
      sweeps: 0,
      heldBytes: 0,
      isLarge: false,
      isProven: false,
      evict() {},
      endsAt: startedAt + 5_000,
    },
    count: () => void seen.countedAt.push(passed()),
    onTimeout() {
      seen.endedAt = passed();
    },
  });
  return { seen, watch };
}

test('a body that did not arrive at once is counted, and ended after its time', () => {
  const { seen, watch } = watchBody({ isCrowded: false });
  vi.advanceTimersByTime(60);
  expect(seen).toEqual({ countedAt: [50] });
  vi.advanceTimersByTime(5_000);
  expect(seen.endedAt).toBeGreaterThanOrEqual(4_900);
  expect(watch.size).toBe(0);
});

test('while many arrive, a slow one is cut after a fifth of the time, and a quick one is not', () => {
  const gate = { isCrowded: true };
  const { seen, watch } = watchBody(gate);
  vi.advanceTimersByTime(900);
  expect(seen.endedAt).toBeUndefined();
  vi.advanceTimersByTime(200);
  expect(seen.endedAt).toBe(1_050);
  expect(watch.size).toBe(0);
});

test('one that was slow before is cut as soon as many arrive', () => {
  const gate = { isCrowded: false };
  const { seen } = watchBody(gate);
  vi.advanceTimersByTime(2_000);
  expect(seen.endedAt).toBeUndefined();
  gate.isCrowded = true;
  vi.advanceTimersByTime(50);
  expect(seen.endedAt).toBe(2_050);
});

test('a body is not slow because this process stood still', () => {
  let stoodStillMs = 0;
  const now = () => performance.now() + stoodStillMs;
  const watch = createBodyWatch({ now, gate: { isCrowded: true }, bodyTimeoutMs: 5_000 });
  let isCut = false;
  watch.add({
    ...{
      slot: noSlot,
      sweeps: 0,
      heldBytes: 0,
      isLarge: false,
      isProven: false,
      evict() {},
      endsAt: now() + 5_000,
      count() {},
    },
    onTimeout() {
      isCut = true;
    },
  });
  vi.advanceTimersByTime(100);
  stoodStillMs = 2_000;
  vi.advanceTimersByTime(500);
  expect(isCut).toBe(false);
  vi.advanceTimersByTime(600);
  expect(isCut).toBe(true);
});
