import { expect, test } from 'vitest';
import { DeliveryHistory } from '../../../src/observe/status/delivery-history.ts';
import type { RememberedOutcome } from '../../../src/observe/status/webhook-history.ts';
import { SignatureHeaderRefusal, SignatureMismatch } from '../../../src/webhook/refusal.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const none = { received: 0, deadLettered: new Map() };
const accepted: RememberedOutcome = { code: 'ok', secret: 'current', appendMs: 4, ...none, received: 3 };
const unstored: RememberedOutcome = { code: 'sink_timeout', secret: 'current', ...none };
const unsigned: RememberedOutcome = {
  code: 'no_signature',
  cause: new SignatureHeaderRefusal('missing'),
  ...none,
};
const compared = { body: Buffer.alloc(1), digest: Buffer.alloc(20) };
const mismatched: RememberedOutcome = {
  code: 'bad_signature',
  cause: new SignatureMismatch(compared),
  ...none,
};

function setUp() {
  const clock = createFakeClock(Date.UTC(2026, 0, 1, 10));
  const history = new DeliveryHistory(clock, ['shop', 'chat']);
  const deliver = (outcome: RememberedOutcome, status: number, webhook = 'shop') =>
    history.observe(outcome, { webhook, status, durationMs: 1.26 });
  return { clock, history, deliver };
}

test('counts the deliveries of each minute by status, and forgets them after an hour', () => {
  const { clock, history, deliver } = setUp();
  deliver(accepted, 200);
  deliver(unsigned, 401);
  clock.advance(minuteMs);
  deliver(unstored, 503);
  deliver({ ...unstored, code: 'too_large' }, 413);
  const { from, ...counts } = history.lastHour();
  expect(from).toBe('2026-01-01T09:02:00.000Z');
  expect(Object.values(counts).map((minutes) => [minutes.length, ...minutes.slice(-2)])).toEqual([
    [60, 1, 0],
    [60, 1, 0],
    [60, 0, 1],
    [60, 0, 1],
  ]);
  expect(history.of('shop').report().minutes).toBe(`${'.'.repeat(58)}mu`);
  expect(history.of('chat').report().minutes).toBe('.'.repeat(60));
  clock.advance(59 * minuteMs);
  expect(history.lastHour().accepted).toEqual(Array.from({ length: 60 }, () => 0));
  expect(history.lastHour().unavailable[0]).toBe(1);
  deliver(accepted, 200);
  expect(history.lastHour().accepted.at(-1)).toBe(1);
  expect(history.of('shop').report().minutes.at(-1)).toBe('a');
});

test('keeps the newest 50 deliveries, and 25 of them for those with a valid signature', () => {
  const { clock, history, deliver } = setUp();
  for (let count = 0; count < 60; count += 1) {
    clock.advance(1_000);
    deliver(accepted, 200);
  }
  expect(history.deliveries()).toHaveLength(50);
  expect(history.deliveries()[0]).toEqual({
    ...{ at: '2026-01-01T10:01:00.000Z', webhook: 'shop', status: 200, reason: 'ok' },
    ...{ events: 3, durationMs: 1.3 },
  });
  for (let count = 0; count < 1_000; count += 1) {
    deliver(unsigned, 401);
  }
  const statuses = Map.groupBy(history.deliveries(), ({ status }) => status);
  expect([statuses.get(200)?.length, statuses.get(401)?.length]).toEqual([25, 25]);
  expect(history.deliveries()[0]).toMatchObject({
    status: 401,
    cause: 'missing',
    nextStep: expect.any(String),
  });
});

test('adds the cause of a 401 once it is known, and to no other delivery', () => {
  const { history, deliver } = setUp();
  deliver(mismatched, 401);
  const explainFirst = history.explainLast('shop');
  deliver(mismatched, 401);
  explainFirst({ cause: 'secret_case' });
  expect(history.deliveries().map(({ cause }) => cause)).toEqual([undefined, 'secret_case']);
  for (let count = 0; count < 50; count += 1) {
    deliver(unsigned, 401);
  }
  explainFirst({ cause: 'secret_case' });
  expect(history.deliveries().every(({ cause }) => cause === 'missing')).toBe(true);
});

test('a proven cause counts until a later delivery of the same webhook is accepted', () => {
  const { clock, history, deliver } = setUp();
  const reject = (cause: 'secret_case' | 'mismatch') => {
    deliver(mismatched, 401);
    return () => history.explainLast('shop')({ cause });
  };
  reject('mismatch')();
  expect(history.of('shop').report().wronglySigned).toBeUndefined();
  expect(history.of('shop').report().lastRejected).toMatchObject({ cause: 'mismatch' });
  reject('secret_case')();
  clock.advance(minuteMs);
  reject('secret_case')();
  deliver(accepted, 200, 'chat');
  expect(history.of('shop').report().wronglySigned).toMatchObject({
    ...{ since: '2026-01-01T10:00:00.000Z', until: '2026-01-01T10:01:00.000Z' },
    ...{ count: 2, cause: 'secret_case' },
  });
  deliver(accepted, 200);
  expect(history.of('shop').report().wronglySigned).toBeUndefined();
});

test('a cause that becomes known after a later delivery was accepted does not count', () => {
  const { history, deliver } = setUp();
  deliver(mismatched, 401);
  const explain = history.explainLast('shop');
  deliver(accepted, 200);
  explain({ cause: 'secret_case' });
  expect(history.of('shop').report().wronglySigned).toBeUndefined();
});

test('a test event proves nothing about a provider that was there before, and is enough where none was', () => {
  const { history, deliver } = setUp();
  const reject = () => {
    deliver(mismatched, 401);
    history.explainLast('shop')({ cause: 'body_rewritten' });
  };
  reject();
  deliver({ ...accepted, own: 'test' }, 200);
  expect(history.of('shop').report().wronglySigned).toBeUndefined();
  deliver(accepted, 200);
  reject();
  deliver({ ...accepted, own: 'test' }, 200);
  expect(history.of('shop').report().wronglySigned).toMatchObject({ count: 1 });
});

test('after a day without another one, a wrong signature is forgotten', () => {
  const { clock, history, deliver } = setUp();
  deliver(mismatched, 401);
  history.explainLast('shop')({ cause: 'secret_case' });
  clock.advance(24 * 60 * minuteMs + 1);
  expect(history.of('shop').report().wronglySigned).toBeUndefined();
});

test('averages events and latency over five minutes', () => {
  const { clock, history, deliver } = setUp();
  expect(history.latency()).toBeUndefined();
  deliver(accepted, 200);
  expect(history.of('shop').report().eventsPerMinute).toBe(3);
  clock.advance(2 * minuteMs);
  deliver({ ...accepted, appendMs: 10 }, 200);
  expect(history.of('shop').report().eventsPerMinute).toBe(3);
  expect(history.latency()).toEqual({ meanMs: 7, maxMs: 10 });
  clock.advance(5 * minuteMs);
  expect([history.of('shop').report().eventsPerMinute, history.latency()]).toEqual([0, undefined]);
});

test('counts dead letters of the last 15 minutes, and names the newest', () => {
  const { clock, history, deliver } = setUp();
  deliver({ ...accepted, deadLettered: new Map([['no_key', 2]]) }, 200);
  const newest = { at: '2026-01-01T10:00:00.000Z', webhook: 'shop', reason: 'no_key' };
  expect(history.deadLetters()).toEqual({ recent: 2, newest });
  clock.advance(15 * minuteMs);
  expect(history.deadLetters()).toEqual({ recent: 0, newest });
});

test('remembers when each secret first and last verified a delivery', () => {
  const { clock, history, deliver } = setUp();
  deliver(accepted, 200);
  clock.advance(1_000);
  deliver({ ...accepted, secret: 'next' }, 200);
  clock.advance(1_000);
  deliver(unstored, 503);
  const [start, oneLater, twoLater] = [0, 1, 2].map((seconds) => `2026-01-01T10:00:0${seconds}.000Z`);
  const readSecret = (webhook: string, label: string) => history.of(webhook).reportSecret(label);
  expect(readSecret('shop', 'current')).toEqual({
    verified: 2,
    firstVerifiedAt: start,
    lastVerifiedAt: twoLater,
  });
  expect(readSecret('shop', 'next')).toEqual({
    verified: 1,
    firstVerifiedAt: oneLater,
    lastVerifiedAt: oneLater,
  });
  expect(readSecret('chat', 'current')).toEqual({ verified: 0 });
});

test('rejections go on over accepted deliveries, and say whether something was accepted since', () => {
  const { clock, history, deliver } = setUp();
  const refused = () => history.of('shop').report().refused;
  const since = '2026-01-01T10:00:00.000Z';
  const lossFrom = '2026-01-02T10:00:00.000Z';
  const facts = { since, lossFrom, reason: 'sink_timeout' };
  deliver(unstored, 503);
  clock.advance(3 * hourMs);
  deliver(unstored, 503);
  const until = '2026-01-01T13:00:00.000Z';
  expect(refused()).toEqual({ ...facts, until, count: 2, isOver: false });
  deliver(accepted, 200);
  expect(refused()).toEqual({ ...facts, until, count: 2, isOver: true });
  clock.advance(hourMs);
  deliver(unstored, 503);
  expect(refused()).toEqual({ ...facts, until: '2026-01-01T14:00:00.000Z', count: 3, isOver: false });
  expect(history.of('chat').report().refused).toBeUndefined();
});

test('when nothing was rejected for longer than the pauses of the provider, nothing waits there', () => {
  const { clock, history, deliver } = setUp();
  const refused = () => history.of('shop').report().refused;
  deliver(unstored, 503);
  clock.advance(4 * hourMs - 1);
  expect(refused()).toBeDefined();
  clock.advance(1);
  expect(refused()).toBeUndefined();
  deliver(unstored, 503);
  expect(refused()).toMatchObject({ since: '2026-01-01T14:00:00.000Z', count: 1 });
});

test('neither an unauthenticated client nor a test event waits', () => {
  const { history, deliver } = setUp();
  deliver({ code: 'overloaded', ...none }, 503);
  deliver(mismatched, 401);
  deliver({ ...unstored, own: 'test' }, 503);
  expect(history.of('shop').report().refused).toBeUndefined();
});
