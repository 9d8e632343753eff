import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSinkWatch } from '../../src/ops/sink-watch.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createMemorySink } from '../support/memory-sink.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function startWatch(up: boolean) {
  const sink = Object.assign(createMemorySink(), { up });
  const clock = createFakeClock();
  const log = captureLog();
  const watch = createSinkWatch({ sink, clock, logger: log.logger, intervalMs: 1_000 });
  return { sink, clock, log, watch };
}

test('the sink is unavailable from the start until it is up', () => {
  const { sink, clock, watch } = startWatch(false);
  const startedAt = clock.epochMs();
  clock.advance(5_000);
  expect(watch.unavailableSince).toBe(startedAt);
  sink.up = true;
  expect(watch.unavailableSince).toBeUndefined();
  watch.stop();
});

test('keeps the time at which the sink went down, and logs each change once', () => {
  const { sink, clock, log, watch } = startWatch(true);
  vi.advanceTimersByTime(2_000);
  sink.up = false;
  clock.advance(2_000);
  vi.advanceTimersByTime(1_000);
  const downAt = clock.epochMs();
  clock.advance(60_000);
  clock.step(-3_600_000);
  vi.advanceTimersByTime(3_000);
  expect(watch.unavailableSince).toBe(downAt);
  sink.up = true;
  vi.advanceTimersByTime(3_000);
  watch.stop();
  expect(log.lines.map(({ level, forMs }) => [level, forMs])).toEqual([
    ['info', 0],
    ['error', undefined],
    ['info', 60_000],
  ]);
});

test('gives the present state and logs nothing when it is read', () => {
  const { sink, clock, log, watch } = startWatch(true);
  vi.advanceTimersByTime(1_000);
  sink.up = false;
  const lines = log.lines.length;
  expect(watch.unavailableSince).toBe(clock.epochMs());
  expect(log.lines).toHaveLength(lines);
  watch.stop();
});
