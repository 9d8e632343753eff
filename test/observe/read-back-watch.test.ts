import { expect, onTestFinished, test, vi } from 'vitest';
import { ReadBackWatch } from '../../src/observe/read-back-watch.ts';
import type { AcknowledgedRecord, ReadBack } from '../../src/ports/read-back.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { useFakeTimers } from '../support/fake-timers.ts';

useFakeTimers();

const same: ReadBack = { outcome: 'same', detail: '' };
const gone: ReadBack = { outcome: 'missing', detail: 'the log ends at 3' };

function startWatch() {
  const clock = createFakeClock();
  const log = captureLog();
  const outcomes: string[] = [];
  const watch = new ReadBackWatch({
    clock,
    logger: log.logger,
    observe: (outcome) => outcomes.push(outcome),
  });
  onTestFinished(() => watch.stop());

  /** Advances the fake clock by this number of seconds. */
  async function advanceSeconds(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1_000);
      await vi.advanceTimersByTimeAsync(1_000);
    }
  }
  return { clock, log, outcomes, watch, advanceSeconds };
}

function recordThat(readBack: () => Promise<ReadBack>, readBytes = 100): AcknowledgedRecord {
  return { place: 'events/0/3', id: 'e1', readBytes, readBack };
}

test('one record a second is taken, and read some seconds after it was acknowledged', async () => {
  const { watch, outcomes, advanceSeconds } = startWatch();
  const readBack = vi.fn(async () => same);
  expect(watch.isDue).toBe(true);
  watch.take(recordThat(readBack));
  expect(watch.isDue).toBe(false);
  await advanceSeconds(1);
  expect(watch.isDue).toBe(true);
  await advanceSeconds(3);
  expect(readBack).not.toHaveBeenCalled();
  await advanceSeconds(1);
  expect(readBack).toHaveBeenCalledOnce();
  expect(outcomes).toEqual(['same']);
  expect(watch.check()).toEqual({ ok: true, detail: '' });
});

test('after a large record the next one waits', async () => {
  const { watch, advanceSeconds } = startWatch();
  watch.take(recordThat(async () => same, 10 * 256 * 1024));
  await advanceSeconds(9);
  expect(watch.isDue).toBe(false);
  await advanceSeconds(1);
  expect(watch.isDue).toBe(true);
});

test.each([
  ['missing', 'missing'],
  ['different', 'changed'],
] as const)(
  'a record that is %s at two readings is a loss, which is named until enough others were there',
  async (outcome, what) => {
    const { watch, log, outcomes, advanceSeconds } = startWatch();
    watch.take(recordThat(async () => ({ ...gone, outcome })));
    await advanceSeconds(6);
    expect(outcomes).toEqual([]);
    await advanceSeconds(1);
    expect(outcomes).toEqual([outcome]);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([
      expect.objectContaining({
        msg: 'the store has lost an acknowledged record',
        place: 'events/0/3',
        id: 'e1',
        acknowledgedAt: '2026-01-01T00:00:00.000Z',
        detail: 'the log ends at 3',
      }),
    ]);
    expect(watch.check()).toEqual({
      ok: true,
      detail: `an acknowledged record ${what === 'missing' ? 'is' : 'has'} ${what}: events/0/3 (ce_id e1, acknowledged 2026-01-01T00:00:00.000Z): the log ends at 3`,
    });
    // A record that retention has removed is no evidence of a lost record.
    watch.take(recordThat(async () => ({ outcome: 'removed', detail: '' })));
    while (watch.check().detail !== '') {
      await advanceSeconds(1);
      watch.take(recordThat(async () => same));
    }
    expect(outcomes).toEqual([outcome, 'removed', ...Array(60).fill('same')]);
  },
);

test('a record that is there at the second reading is no loss', async () => {
  const { watch, log, outcomes, advanceSeconds } = startWatch();
  const results = [gone, same];
  watch.take(recordThat(async () => results.shift() as ReadBack));
  await advanceSeconds(10);
  expect(outcomes).toEqual(['same']);
  expect(log.lines).toEqual([]);
});

test('while the store cannot say, a record is requested again; none is a loss', async () => {
  const { clock, watch, log, outcomes, advanceSeconds } = startWatch();
  let isAway = true;
  const startedAt = clock.now();
  const askedAt: number[] = [];
  const readBack = async () => {
    askedAt.push((clock.now() - startedAt) / 1_000);
    if (isAway) {
      throw new Error('no broker answers');
    }
    return same;
  };
  watch.take(recordThat(readBack));
  await advanceSeconds(50);
  expect(watch.check().detail).toBe('');
  await advanceSeconds(30);
  expect(watch.check()).toEqual({ ok: true, detail: 'records cannot be read back: no broker answers' });
  await advanceSeconds(60);
  isAway = false;
  await advanceSeconds(60);
  expect(askedAt).toEqual([5, 10, 20, 40, 80, 140, 200]);
  expect(outcomes).toEqual(['same']);
  expect(watch.check().detail).toBe('');
  expect(log.lines.map(({ msg }) => msg)).toEqual([
    'acknowledged records cannot be read back',
    'acknowledged records can be read back again',
  ]);
});

test('what the store never says is given up, and memory is bounded meanwhile', async () => {
  const { watch, outcomes, advanceSeconds } = startWatch();
  let taken = 0;
  const givenUpAfter: number[] = [];
  let mostWaiting = 0;
  for (let second = 0; second < 700; second += 1) {
    if (watch.isDue) {
      taken += 1;
      watch.take(recordThat(() => Promise.reject(new Error('away'))));
    }
    await advanceSeconds(1);
    mostWaiting = Math.max(mostWaiting, taken - outcomes.length);
    givenUpAfter.push(...(outcomes.length > 0 ? [second + 1] : []));
  }
  // The watch gives up at the first attempt after ten minutes.
  expect(givenUpAfter[0]).toBe(620);
  expect(new Set(outcomes)).toEqual(new Set(['unread']));
  expect(mostWaiting).toBe(32);
});

test('one record is read at a time, and after the end none is taken or read', async () => {
  const { watch, outcomes, advanceSeconds } = startWatch();
  const hanging = Promise.withResolvers<ReadBack>();
  const readBack = vi.fn(() => hanging.promise);
  watch.take(recordThat(readBack));
  watch.take(recordThat(readBack));
  await advanceSeconds(10);
  expect(readBack).toHaveBeenCalledOnce();
  watch.stop();
  hanging.resolve(same);
  await advanceSeconds(10);
  expect(watch.isDue).toBe(false);
  expect(watch.signal.aborted).toBe(true);
  expect(readBack).toHaveBeenCalledOnce();
  expect(outcomes).toEqual([]);
});
