import { describe, expect, it, vi } from 'vitest';
import { SinkError } from '../../../src/ports/sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { PendingAppend, PendingAppends } from '../../../src/stores/append/pending-appends.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { useFakeTimers } from '../../support/fake-timers.ts';

describe('a pending append', () => {
  function setUp(recordCount: number) {
    const settled: PendingAppend[] = [];
    const append = new PendingAppend(recordCount, 5_000, (each) => settled.push(each));
    return { append, settled };
  }

  it('is settled by the last record, not before', async () => {
    const { append, settled } = setUp(3);
    append.stored();
    append.rejected(1, 'too_large');
    expect([append.settled, settled]).toEqual([false, []]);
    append.stored();
    expect([append.settled, settled]).toEqual([true, [append]]);
    expect(await append.promise).toEqual([{ index: 1, reason: 'too_large' }]);
  });

  it('is not changed by what comes behind a failure, or behind the last record', async () => {
    const [failed, stored] = [setUp(1), setUp(1)];
    failed.append.fail(new SinkError('sink_unavailable', 'gone'));
    stored.append.stored();
    for (const { append, settled } of [failed, stored]) {
      append.stored();
      append.onTimeout();
      append.rejected(0, 'too_large');
      append.fail(new SinkError('sink_timeout', 'late'));
      expect(settled).toEqual([append]);
    }
    await expect(failed.append.promise).rejects.toMatchObject({ code: 'sink_unavailable', message: 'gone' });
    expect(await stored.append.promise).toEqual([]);
  });
});

describe('pending appends', () => {
  useFakeTimers();

  it('fails an append by its deadline, not before it must', async () => {
    const expired: number[] = [];
    const appends = new PendingAppends({ clock: systemClock, onSweep: (count) => expired.push(count) });
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

  it('has no timer while nothing is pending', async () => {
    const appends = new PendingAppends({ clock: systemClock, onSweep: () => undefined });
    expect(vi.getTimerCount()).toBe(0);
    const append = appends.add(1, deadlineIn(60_000));
    expect(vi.getTimerCount()).toBe(1);
    append.stored();
    expect(await append.promise).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is drained when the last append is settled, in whatever way', async () => {
    const appends = new PendingAppends({ clock: systemClock, onSweep: () => undefined });
    await appends.drained();
    for (let round = 0; round < 2; round += 1) {
      const stored = appends.add(1, deadlineIn(60_000));
      const failed = appends.add(1, deadlineIn(60_000));
      failed.promise.catch(() => undefined);
      const onDrained = vi.fn();
      const waiting = [appends.drained().then(onDrained)];
      stored.stored();
      waiting.push(appends.drained().then(onDrained));
      await vi.advanceTimersByTimeAsync(50);
      expect(onDrained).not.toHaveBeenCalled();
      failed.fail(new SinkError('sink_unavailable', 'gone'));
      await Promise.all(waiting);
    }
  });
});
