import { expect, onTestFinished, test, vi } from 'vitest';
import type { AppendStall } from '../../src/observe/append-watch.ts';
import { SinkWatch } from '../../src/observe/sink-watch.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { useFakeTimers } from '../support/fake-timers.ts';
import { createMemorySink } from '../support/memory-sink.ts';

useFakeTimers();

function startWatch(up: boolean) {
  const sink = Object.assign(createMemorySink(), { up });
  const clock = createFakeClock();
  const log = captureLog();
  const appends: { still: AppendStall | undefined } = { still: undefined };
  const watch = new SinkWatch({
    sink,
    appends: { findStall: () => appends.still },
    clock,
    logger: log.logger,
    intervalMs: 1_000,
  });
  onTestFinished(() => watch.stop());
  return { sink, appends, clock, log, watch };
}

test('the sink is unavailable from the start until it is up', () => {
  const { sink, clock, watch } = startWatch(false);
  const startedAt = clock.epochMs();
  clock.advance(5_000);
  expect(watch.outage?.since).toBe(startedAt);
  sink.up = true;
  expect(watch.outage?.since).toBeUndefined();
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
  expect(watch.outage?.since).toBe(downAt);
  sink.up = true;
  vi.advanceTimersByTime(3_000);
  expect(log.lines.map(({ level, forMs }) => [level, forMs])).toEqual([
    ['info', 0],
    ['error', undefined],
    ['info', 60_000],
  ]);
});

test('an outage has its beginning and its reason, until the sink is up', () => {
  const { sink, clock, watch } = startWatch(true);
  vi.advanceTimersByTime(1_000);
  expect(watch.outage).toBeUndefined();
  sink.up = false;
  const since = clock.epochMs();
  vi.advanceTimersByTime(1_000);
  clock.advance(60_000);
  expect(watch.outage).toEqual({ since, detail: 'a test switched it off' });
  sink.up = true;
  expect(watch.outage).toBeUndefined();
});

test('gives the present state and logs nothing when it is read', () => {
  const { sink, clock, log, watch } = startWatch(true);
  vi.advanceTimersByTime(1_000);
  sink.up = false;
  const lines = log.lines.length;
  expect(watch.outage?.since).toBe(clock.epochMs());
  expect(log.lines).toHaveLength(lines);
});

test('a sink that is up while nothing is stored is unavailable since the last record, and its last refusal says why', () => {
  const { appends, clock, log, watch } = startWatch(true);
  vi.advanceTimersByTime(1_000);
  expect(watch.check()).toEqual({ ok: true, detail: '' });
  const since = { now: clock.now() - 9_000, epochMs: clock.epochMs() - 9_000 };
  appends.still = { since, detail: 'nothing was stored' };
  expect(watch.outage?.detail).toBe('nothing was stored');
  expect(watch.outage?.since).toBe(since.epochMs);
  vi.advanceTimersByTime(1_000);
  appends.still = undefined;
  vi.advanceTimersByTime(1_000);
  expect(watch.outage?.since).toBeUndefined();
  expect(log.lines).toMatchObject([
    { level: 'info' },
    { level: 'error', detail: 'nothing was stored' },
    { level: 'info', forMs: 9_000 },
  ]);
});

test('a sink that is down says itself why', () => {
  const { sink, appends, clock, watch } = startWatch(true);
  appends.still = { since: { now: 0, epochMs: 0 }, detail: 'nothing was stored' };
  sink.up = false;
  expect(watch.check()).toEqual({ ok: false, detail: sink.health().detail });
  expect(watch.outage?.since).toBe(clock.epochMs());
});

test('refused deliveries of a sink that is up are named, and keep no process from becoming ready: without that none comes', () => {
  const { appends, watch } = startWatch(true);
  appends.still = { since: { now: 0, epochMs: 0 }, detail: 'nothing was stored' };
  expect(watch.check()).toEqual({ ok: true, hasFault: true, detail: 'nothing was stored' });
  appends.still = undefined;
  expect(watch.check()).toEqual({ ok: true, detail: '' });
});
