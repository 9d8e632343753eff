import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPendingAppends } from '../../src/append/pending-appends.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { SinkError } from '../../src/sink/sink.ts';
import { deadlineIn } from '../support/deadline-in.ts';

describe('pending appends', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('fails an append by its deadline, not before it must', async () => {
    const expired: number[] = [];
    const appends = createPendingAppends({ clock: systemClock, onSweep: (count) => expired.push(count) });
    const deadline = deadlineIn(1000);
    const append = appends.add(2, deadline);
    let settledAt = 0;
    append.promise.catch(() => {
      settledAt = systemClock.now();
    });
    append.stored();
    await vi.advanceTimersByTimeAsync(2000);
    await expect(append.promise).rejects.toMatchObject({ code: 'sink_timeout' });
    expect(settledAt).toBeLessThanOrEqual(deadline);
    expect(settledAt).toBeGreaterThan(deadline - 60);
    expect(expired.filter((count) => count > 0)).toEqual([1]);
  });

  it('fails all of them when asked to, and is then drained', async () => {
    const appends = createPendingAppends({ clock: systemClock, onSweep: () => undefined });
    const pending = [appends.add(1, deadlineIn(60_000)), appends.add(2, deadlineIn(60_000))];
    const drained = appends.drained();
    const error = new SinkError('sink_unavailable', 'a test said so');
    appends.failAll(error);
    await drained;
    expect(await Promise.allSettled(pending.map(({ promise }) => promise))).toMatchObject([
      { reason: error },
      { reason: error },
    ]);
    expect(appends.size).toBe(0);
  });

  it('has no timer while nothing is pending', async () => {
    const appends = createPendingAppends({ clock: systemClock, onSweep: () => undefined });
    expect(vi.getTimerCount()).toBe(0);
    const append = appends.add(1, deadlineIn(60_000));
    expect(vi.getTimerCount()).toBe(1);
    append.stored();
    expect(await append.promise).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is drained when the last append is settled, in whatever way', async () => {
    const appends = createPendingAppends({ clock: systemClock, onSweep: () => undefined });
    await appends.drained();
    const stored = appends.add(1, deadlineIn(60_000));
    const failed = appends.add(1, deadlineIn(60_000));
    failed.promise.catch(() => undefined);
    let drained = false;
    const waiting = appends.drained().finally(() => {
      drained = true;
    });
    stored.stored();
    await vi.advanceTimersByTimeAsync(50);
    expect(drained).toBe(false);
    failed.fail(new SinkError('sink_unavailable', 'gone'));
    await waiting;
    expect(appends.size).toBe(0);
  });

  it('settles once: what comes after is ignored', async () => {
    const appends = createPendingAppends({ clock: systemClock, onSweep: () => undefined });
    const append = appends.add(1, deadlineIn(60_000));
    append.rejected(0, 'too_large');
    append.fail(new SinkError('sink_timeout', 'too late'));
    append.stored();
    expect(await append.promise).toEqual([{ index: 0, reason: 'too_large' }]);
  });
});
