import { describe, expect, test } from 'vitest';
import type { AlertReading } from '../../../src/tools/drill/alert-watch.ts';
import { runDrill } from '../../../src/tools/drill/run-drill.ts';
import type { Trouble } from '../../../src/tools/drill/troubles.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const minuteMs = 60_000;

interface Setting {
  /** When the alert fires after the planting, and ends after the end; never without it. */
  readonly firesAfterMs?: number;
  readonly goesAfterMs?: number;
  /** The Alertmanager is so much later. */
  readonly notifiedLaterMs?: number;
  readonly firesBefore?: boolean;
  readonly hasRule?: boolean;
  readonly plantFails?: boolean;
  readonly endFailures?: number;
  /** Ctrl-C after so long. */
  readonly stopAfterMs?: number;
  readonly deafForMs?: number;
}

/** Two drills of one trouble each, in a world whose clock only goes on when the drill sleeps. */
function prepare(setting: Setting) {
  const { firesAfterMs = Number.POSITIVE_INFINITY, goesAfterMs = Number.POSITIVE_INFINITY } = setting;
  const clock = createFakeClock();
  const startMs = clock.now();
  const stop = new AbortController();
  const progress: string[] = [];
  const calls: string[] = [];
  let plantedMs = Number.POSITIVE_INFINITY;
  let endedMs = Number.POSITIVE_INFINITY;
  let endFailures = setting.endFailures ?? 0;
  const isFiring = (laterMs: number) => {
    const nowMs = clock.now() - laterMs;
    return (
      setting.firesBefore === true || (nowMs >= plantedMs + firesAfterMs && nowMs < endedMs + goesAfterMs)
    );
  };
  const trouble = (name: string): Trouble => ({
    name,
    alert: 'StoreUnavailable',
    what: 'the store is taken away',
    undo: 'docker start kafka',
    buildsUpMs: 2 * minuteMs,
    lingersMs: 3 * minuteMs,
    async plant() {
      calls.push(`plant ${name}`);
      plantedMs = clock.now();
      endedMs = Number.POSITIVE_INFINITY;
      if (setting.plantFails === true) {
        throw new Error('kubectl is not there');
      }
    },
    async end() {
      calls.push(`end ${name}`);
      if (endFailures > 0) {
        endFailures -= 1;
        throw new Error('connection refused');
      }
      endedMs = clock.now();
    },
  });
  const run = () =>
    runDrill([trouble('first'), trouble('second')], {
      watch: {
        hasReceiver: async () => true,
        async read(): Promise<AlertReading | undefined> {
          if (clock.now() > startMs && clock.now() - startMs < (setting.deafForMs ?? 0)) {
            throw new Error('No answer from Prometheus');
          }
          return setting.hasRule === false
            ? undefined
            : {
                forMs: 15 * minuteMs,
                isFiring: isFiring(0),
                isNotified: isFiring(setting.notifiedLaterMs ?? 0),
              };
        },
      },
      clock,
      stop: stop.signal,
      async sleep(ms) {
        clock.advance(ms);
        if (clock.now() - startMs >= (setting.stopAfterMs ?? Number.POSITIVE_INFINITY)) {
          stop.abort();
        }
      },
      onProgress: (text) => progress.push(text),
    });
  return { run, calls, progress };
}

describe('a drill', () => {
  test('plants one trouble after the other, and ends each when its alert is there', async () => {
    const { run, calls } = prepare({ firesAfterMs: 15.5 * minuteMs, goesAfterMs: minuteMs });
    const [first, second] = await run();
    expect(first).toMatchObject({ seenMs: 15.5 * minuteMs, resolvedMs: minuteMs, fault: undefined });
    expect(second).toMatchObject({ seenMs: 15.5 * minuteMs, resolvedMs: minuteMs, fault: undefined });
    expect(calls).toEqual(['plant first', 'end first', 'plant second', 'end second']);
  });

  test('says how to end a trouble before it plants it', async () => {
    const { run, calls, progress } = prepare({ firesAfterMs: 0, goesAfterMs: 0 });
    const saidBefore: string[] = [];
    calls.push = (...items) => {
      saidBefore.push(progress.at(-1) ?? '');
      return Array.prototype.push.apply(calls, items);
    };
    await run();
    expect(saidBefore[0]).toBe(
      'first: the store is taken away. If this command is killed: docker start kafka',
    );
  });

  test('waits for the Alertmanager too, both times', async () => {
    const { run } = prepare({ firesAfterMs: minuteMs, goesAfterMs: minuteMs, notifiedLaterMs: 30_000 });
    expect(await run()).toMatchObject([
      { seenMs: 1.5 * minuteMs, resolvedMs: 1.5 * minuteMs },
      { seenMs: 1.5 * minuteMs, resolvedMs: 1.5 * minuteMs },
    ]);
  });

  test('waits for an alert as long as its rule, and ends the trouble all the same', async () => {
    const { run, calls } = prepare({});
    const rows = await run();
    expect(rows.map(({ fault }) => fault)).toEqual(['not seen within 22.0 min', 'not seen within 22.0 min']);
    expect(calls).toEqual(['plant first', 'end first', 'plant second', 'end second']);
  });

  test('an alert that does not go is a fault', async () => {
    const { run } = prepare({ firesAfterMs: 0 });
    const [first, second] = await run();
    expect(first).toMatchObject({ seenMs: 0, resolvedMs: undefined, fault: 'not resolved within 8.0 min' });
    expect(second?.fault).toBe('not planted: the alert is there already');
  });

  test.each([
    ['that fires already', { firesBefore: true }, 'not planted: the alert is there already'],
    ['without a rule', { hasRule: false }, 'not planted: Prometheus has no such rule'],
  ])('nothing is planted for an alert %s', async (_, setting, fault) => {
    const { run, calls } = prepare(setting);
    expect((await run()).map((row) => row.fault)).toEqual([fault, fault]);
    expect(calls).toEqual([]);
  });

  test('what is planted in part is ended', async () => {
    const { run, calls } = prepare({ plantFails: true });
    const [first] = await run();
    expect(first?.fault).toBe('not planted: kubectl is not there');
    expect(calls.slice(0, 2)).toEqual(['plant first', 'end first']);
  });

  test('Ctrl-C ends what is planted, and plants nothing more', async () => {
    const { run, calls } = prepare({ stopAfterMs: minuteMs });
    expect((await run()).map(({ fault }) => fault)).toEqual(['stopped before it was seen']);
    expect(calls).toEqual(['plant first', 'end first']);
  });

  test('ending is tried again', async () => {
    const { run, calls } = prepare({ firesAfterMs: 0, goesAfterMs: 0, endFailures: 2 });
    expect((await run())[0]?.fault).toBeUndefined();
    expect(calls.filter((call) => call === 'end first')).toHaveLength(3);
  });

  test('a trouble that cannot be ended stops the drill, with the line that ends it', async () => {
    const { run, calls } = prepare({ firesAfterMs: 0, endFailures: 9 });
    expect((await run()).map(({ fault }) => fault)).toEqual(['NOT ENDED: docker start kafka']);
    expect(calls).not.toContain('plant second');
  });

  test('a Prometheus that does not answer for a while is asked again', async () => {
    const { run } = prepare({ firesAfterMs: minuteMs, goesAfterMs: minuteMs, deafForMs: 5 * minuteMs });
    expect(await run()).toMatchObject([{ seenMs: 5 * minuteMs }, { seenMs: minuteMs }]);
  });
});
