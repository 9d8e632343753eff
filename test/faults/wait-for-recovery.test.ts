import { expect, onTestFinished, test, vi } from 'vitest';
import { useFakeTimers } from '../support/fake-timers.ts';
import { createTrafficLog } from './traffic/traffic-log.ts';
import { recoveryLimitMs, waitForRecovery } from './wait-for-recovery.ts';

useFakeTimers();

/** Sends twenty requests per second. The given function determines their outcomes. */
async function watch(outcome: (index: number, ms: number) => number, isReady = (_ms: number) => true) {
  const log = createTrafficLog();
  const startedAt = Date.now();
  const ms = () => Date.now() - startedAt;
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    const sent = { events: [], badElements: [], sentAt: Date.now(), latencyMs: 1 };
    log.requests.push({ ...sent, kind: 'single', outcome: outcome(count, ms()) });
  }, 50);
  onTestFinished(() => clearInterval(timer));
  const recovery = waitForRecovery(log, async () => isReady(ms()));
  await vi.advanceTimersByTimeAsync(recoveryLimitMs + 5_000);
  return recovery;
}

test('a service that takes everything has recovered at once', async () => {
  expect(await watch(() => 200)).toEqual({ servesMs: 0, recoveryMs: 0 });
});

test('one that takes some serves; it has recovered when it takes all', async () => {
  const { servesMs, recoveryMs } = await watch((index, ms) => (ms > 5_000 || index % 2 === 0 ? 200 : 503));
  expect(servesMs).toBe(0);
  expect(recoveryMs).toBeGreaterThanOrEqual(5_000);
});

test.each([
  ['rejects writes', () => 503, () => true],
  ['is never ready', () => 200, () => false],
])('one that %s does neither', async (_what, outcome, isReady) => {
  expect(await watch(outcome, isReady)).toEqual({ servesMs: undefined, recoveryMs: undefined });
});

test('one that takes everything and is ready later serves from then on', async () => {
  const { servesMs } = await watch(
    () => 200,
    (ms) => ms > 12_000,
  );
  expect(servesMs).toBeGreaterThanOrEqual(11_000);
});
