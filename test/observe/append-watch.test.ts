import { expect, test } from 'vitest';
import { AppendWatch } from '../../src/observe/append-watch.ts';
import { SinkError } from '../../src/ports/sink.ts';
import type { Outcome } from '../../src/webhook/delivery.ts';
import { noDeadLetters } from '../../src/webhook/store-records.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const windowMs = 8_000;

function setUp() {
  const clock = createFakeClock();
  const watch = new AppendWatch({ clock, windowMs });
  const observe = (code: Outcome['code'], { received = 1, tookMs = 0 } = {}) =>
    watch.observe(
      {
        code,
        received,
        bodyBytes: 1,
        stored: 0,
        spooled: 0,
        deadLettered: noDeadLetters,
        cause: new SinkError('sink_timeout', 'It took too long.'),
      },
      tookMs,
    );
  /** Rejects one delivery per second, each after it has waited for the maximum time. */
  const refuse = (count: number, code: Outcome['code'] = 'sink_timeout') => {
    for (let i = 0; i < count; i += 1) {
      clock.advance(1_000);
      observe(code, { tookMs: windowMs });
    }
  };
  return { clock, watch, observe, refuse };
}

test('says since when nothing is stored, and why, once it lasts longer than one delivery may wait', () => {
  const { clock, watch, refuse } = setUp();
  const startedAt = clock.epochMs();
  refuse(7);
  expect(watch.findStall()).toBeUndefined();
  refuse(1, 'sink_unavailable');
  expect(watch.findStall()).toEqual({
    since: { now: clock.now() - windowMs, epochMs: startedAt },
    detail: `nothing has been stored since ${new Date(startedAt).toISOString()}, and 8 deliveries were refused, the last one with sink_unavailable: It took too long.`,
  });
});

test('counts from the last record that was stored, and ends with the next', () => {
  const { clock, watch, observe, refuse } = setUp();
  refuse(20);
  observe('ok');
  expect(watch.findStall()).toBeUndefined();
  const storedAt = clock.now();
  refuse(8);
  expect(watch.findStall()?.since.now).toBe(storedAt);
});

test('a partition that rejects writes while others do is no standstill', () => {
  const { watch, observe, refuse } = setUp();
  for (let i = 0; i < 20; i += 1) {
    refuse(5);
    observe('ok');
    expect(watch.findStall()).toBeUndefined();
  }
});

test('nor is one delivery that fails alone, until nothing was stored before it comes for the fourth time', () => {
  const { clock, watch, observe } = setUp();
  for (const seconds of [0, 5, 5]) {
    clock.advance(seconds * 1_000);
    observe('sink_unavailable');
    expect(watch.findStall()).toBeUndefined();
  }
  clock.advance(20_000);
  expect(watch.findStall()).toBeUndefined();
  clock.advance(10_000);
  observe('sink_unavailable');
  expect(watch.findStall()).toBeDefined();
});

test('is forgotten after a minute without refusals', () => {
  const { clock, watch, observe, refuse } = setUp();
  refuse(8);
  clock.advance(59_999);
  expect(watch.findStall()).toBeDefined();
  clock.advance(1);
  expect(watch.findStall()).toBeUndefined();
  observe('sink_timeout');
  expect(watch.findStall()).toBeUndefined();
  refuse(2);
  expect(watch.findStall()).toBeUndefined();
});

test.each(['overloaded', 'draining', 'sink_closed', 'dead_letter_refused', 'bad_signature'] as const)(
  '%s says nothing of the store',
  (code) => {
    const { watch, refuse } = setUp();
    refuse(20, code);
    expect(watch.findStall()).toBeUndefined();
  },
);

test('a body without events stores nothing, so it ends nothing', () => {
  const { watch, observe, refuse } = setUp();
  refuse(8);
  observe('ok', { received: 0 });
  expect(watch.findStall()).toBeDefined();
});

test('a clock that is set changes nothing', () => {
  const { clock, watch, refuse } = setUp();
  refuse(4);
  clock.step(3_600_000);
  expect(watch.findStall()).toBeUndefined();
  clock.step(-7_200_000);
  refuse(4);
  expect(watch.findStall()).toBeDefined();
});
