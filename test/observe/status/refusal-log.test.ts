import { expect, test } from 'vitest';
import { RefusalLog } from '../../../src/observe/status/refusal-log.ts';
import { SignatureHeaderRefusal, SignatureMismatch } from '../../../src/webhook/refusal.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const hourMs = 3_600_000;
const shop = { webhook: 'shop', status: 503 };
const unstored = { code: 'sink_unavailable', secret: 'current' } as const;
const accepted = { code: 'ok', secret: 'current' } as const;

function setUp() {
  const clock = createFakeClock();
  return { clock, log: new RefusalLog(clock) };
}

test('keeps the newest of each reason and counts all, whatever unauthenticated clients send', () => {
  const { clock, log } = setUp();
  log.observe(unstored, shop);
  const unstoredAt = clock.epochMs();
  const missing = new SignatureHeaderRefusal('missing');
  for (let count = 0; count < 1_000; count += 1) {
    clock.advance(10);
    log.observe({ code: 'no_signature', cause: missing }, { webhook: 'chat', status: 401 });
  }
  const [newest, oldest, ...others] = log.groups();
  expect(others).toEqual([]);
  expect(newest).toMatchObject({ reason: 'no_signature', cause: 'missing', status: 401, count: 1_000 });
  expect(newest?.newest.map(({ epochMs }) => clock.epochMs() - epochMs)).toEqual([0, 10, 20, 30, 40]);
  expect(oldest).toEqual({
    reason: 'sink_unavailable',
    cause: undefined,
    signed: true,
    status: 503,
    count: 1,
    newest: [{ webhook: 'shop', epochMs: unstoredAt }],
  });
});

test('tells signed deliveries from others that are refused for the same reason', () => {
  const { clock, log } = setUp();
  const signedAt = clock.epochMs();
  log.observe({ code: 'overloaded', secret: 'current' }, shop);
  for (let count = 0; count < 10; count += 1) {
    clock.advance(10);
    log.observe({ code: 'overloaded' }, { webhook: 'chat', status: 503 });
  }
  expect(log.groups()).toMatchObject([
    { reason: 'overloaded', signed: false, count: 10 },
    { reason: 'overloaded', signed: true, count: 1, newest: [{ webhook: 'shop', epochMs: signedAt }] },
  ]);
});

test('counts what does not match once, when its cause is known', () => {
  const { log } = setUp();
  const mismatch = new SignatureMismatch({ body: Buffer.alloc(1), digest: Buffer.alloc(20) });
  for (const cause of [new SignatureHeaderRefusal('malformed'), mismatch, mismatch]) {
    log.observe({ code: 'bad_signature', cause }, { webhook: 'shop', status: 401 });
  }
  const malformed = { reason: 'bad_signature', cause: 'malformed', status: 401, signed: false, count: 1 };
  expect(log.groups()).toMatchObject([malformed]);
  log.observeExamined('shop', 'secret_case');
  log.observeExamined('chat', 'secret_case');
  const examined = { ...malformed, cause: 'secret_case', count: 2 };
  expect(log.groups().toSorted((one, other) => other.count - one.count)).toMatchObject([
    { ...examined, newest: [{ webhook: 'chat' }, { webhook: 'shop' }] },
    malformed,
  ]);
});

test('a run of refusals goes on over accepted deliveries, and says whether something was accepted since', () => {
  const { clock, log } = setUp();
  const since = clock.epochMs();
  log.observe(unstored, shop);
  clock.advance(3 * hourMs);
  log.observe(unstored, shop);
  const until = clock.epochMs();
  expect(log.refusedRun('shop')).toEqual({
    since,
    until,
    count: 2,
    reason: 'sink_unavailable',
    isOver: false,
  });
  log.observe(accepted, { ...shop, status: 200 });
  expect(log.refusedRun('shop')).toEqual({
    since,
    until,
    count: 2,
    reason: 'sink_unavailable',
    isOver: true,
  });
  clock.advance(hourMs);
  log.observe(unstored, shop);
  expect(log.refusedRun('shop')).toEqual({
    since,
    until: clock.epochMs(),
    count: 3,
    reason: 'sink_unavailable',
    isOver: false,
  });
  expect(log.refusedRun('chat')).toBeUndefined();
});

test('when nothing was refused for longer than the pauses of the provider, nothing waits there', () => {
  const { clock, log } = setUp();
  log.observe(unstored, shop);
  clock.advance(4 * hourMs - 1);
  expect(log.refusedRun('shop')).toBeDefined();
  clock.advance(1);
  expect(log.refusedRun('shop')).toBeUndefined();
  log.observe(unstored, shop);
  expect(log.refusedRun('shop')).toMatchObject({ since: clock.epochMs(), count: 1 });
});

test('neither an unauthenticated client nor a test event waits', () => {
  const { log } = setUp();
  log.observe({ code: 'overloaded' }, shop);
  log.observe({ code: 'bad_signature' }, { webhook: 'shop', status: 401 });
  log.observe({ ...unstored, own: 'test' }, shop);
  expect(log.groups()).toHaveLength(3);
  expect(log.refusedRun('shop')).toBeUndefined();
});
