import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { countedNames } from '../../src/tools/provider/messages/message-schemas.ts';
import { EventSource } from '../../src/tools/provider/simulator/event-source.ts';
import type { ProviderApiServer } from './provider-api-server.ts';
import { type ReceiverProcess, startCommand, startReceiverProcess } from './receiver-process.ts';
import { toApiEnv } from './reconcile-messages.ts';
import { launchCommand, readJson, runCommand } from './run-command.ts';
import { temporaryDirectory } from './test-receiver.ts';
import { waitUntil } from './wait-until.ts';

type TestEnv = Readonly<Record<string, string>>;

/** Output of `reconcile --json`. */
export interface CountsJson {
  readonly counts: {
    readonly missing: number;
    readonly names: readonly { readonly provider: number; readonly beyond: number }[];
    readonly hours: readonly {
      readonly hour: string;
      readonly names: readonly { readonly name: string; readonly missing: number }[];
    }[];
  };
}

const secret = 'a-secret-of-the-test';
const startMs = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;

/**
 * Number of events per run, and the percentage of additional events that only the provider knows. With larger numbers,
 * the test takes minutes.
 */
const { RECONCILE_EVENTS = '2000', RECONCILE_UNSENT = '5' } = process.env;
const events = Number(RECONCILE_EVENTS);
const percentages = RECONCILE_UNSENT.split(',');
const hours = 24;

/** Returns the interval between events that spreads this many events over all hours. */
const toIntervalMs = (count: number) => Math.floor((hours * hourMs) / count);

export const countsTimeoutMs = Math.max(180_000, 8 * percentages.length * events);

/**
 * Sends simulated events in three runs: all of the provider's events, only a part of them, and all of them to a
 * receiver that is killed in between. After each run, checks that `reconcile` finds exactly the missing events by hour
 * and name. Finally, kills `reconcile` and checks a new run.
 */
export async function proveCounts(provider: ProviderApiServer, given: TestEnv): Promise<void> {
  const env = { ...given, ...toApiEnv(provider), WEBHOOK_SECRET: secret };
  const expected = new Map<string, number>();
  let receiver = await startReceiverProcess(env);
  const totalMissing = () => [...expected.values()].reduce((total, each) => total + each, 0);
  let counted = 0;

  /**
   * Adds this many events of a seed to the provider's ledger, over all hours. Events that the receiver did not accept
   * are missing from the store.
   */
  function tell(seed: number, count: number, accepted: ReadonlySet<string>): void {
    const intervalMs = toIntervalMs(count);
    const source = new EventSource(seed, { intervalMs });
    for (let slot = 0; slot < count; slot += 1) {
      const event = source.at(slot);
      // A duplicate is not an additional event.
      if (event.slot !== slot) {
        continue;
      }
      provider.ledger.recordSimulated(event);
      if ((countedNames as readonly string[]).includes(event.name)) {
        counted += 1;
        if (!accepted.has(event.eventId)) {
          const hour = new Date(startMs + Math.floor((slot * intervalMs) / hourMs) * hourMs).toISOString();
          const place = `${hour} ${event.name}`;
          expected.set(place, (expected.get(place) ?? 0) + 1);
        }
      }
    }
  }

  const tellUnsent = (seed: number, percentage: number) =>
    tell(seed, Math.ceil((events * percentage) / 100), new Set());

  async function send(
    seed: number,
    options: readonly string[],
    meanwhile?: () => Promise<void>,
  ): Promise<void> {
    const file = join(temporaryDirectory(), 'ledger.jsonl');
    const target = ['simulate', '--as-provider', '--url', `${receiver.url}/webhook`, '--time-scale', '100'];
    const what = ['--seed', `${seed}`, '--count', `${events}`, '--interval', `${toIntervalMs(events)}ms`];
    const sending = launchCommand(
      [...target, ...what, '--batch-size', '20', '--ledger', file, ...options],
      env,
    );
    await meanwhile?.();
    const { code, stderr } = await sending.ended;
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const accepted = new Set(lines.filter(({ fate }) => fate === 'accepted').map(({ eventId }) => eventId));
    tell(seed, events, accepted);
  }

  const period = ['--since', '2026-01-01', '--until', new Date(startMs + hours * hourMs).toISOString()];
  const args = ['reconcile', ...period, '--json', '--counts', countedNames.join(',')];

  async function reconcileAll(): Promise<void> {
    const result = await runCommand(args, env);
    const { counts } = readJson(result) as CountsJson;
    const found = counts.hours.flatMap(({ hour, names: ofHour }) =>
      ofHour.filter(({ missing }) => missing > 0).map(({ name, missing }) => [`${hour} ${name}`, missing]),
    );
    expect(new Map(found as [string, number][])).toEqual(expected);
    const sum = (member: 'provider' | 'beyond') =>
      counts.names.reduce((total, each) => total + each[member], 0);
    expect([sum('provider'), sum('beyond')]).toEqual([counted, 0]);
    expect(counts.missing).toBe(totalMissing());
    expect(result.code).toBe(counts.missing === 0 ? 0 : 1);
  }

  /** @returns a process that has queried the provider and is now reading the store */
  async function startReconciling() {
    const before = provider.calls.length;
    const reconciling = startCommand(args, env);
    await waitUntil(() => provider.calls.length > before, {
      timeoutMs: 60_000,
      what: 'counts are requested',
    });
    return reconciling;
  }

  await send(100, []);
  await reconcileAll();
  for (const [index, percentage] of percentages.entries()) {
    const before = totalMissing();
    await send(101 + index, []);
    tellUnsent(1_101 + index, Number(percentage));
    expect(totalMissing()).toBeGreaterThan(before);
    await reconcileAll();
  }
  await send(200, ['--rate', `${events / 4}`], async () => {
    await waitUntil(async () => (await countRequests(receiver)) > 20, {
      timeoutMs: 60_000,
      what: 'some deliveries are stored',
    });
    const reconciling = await startReconciling();
    receiver = await restart(receiver, env);
    expect([await reconciling.exited, reconciling.stderr()]).toEqual([1, expect.any(String)]);
  });
  tellUnsent(1_200, 1);
  await reconcileAll();
  const ends: unknown[] = [];
  for (const laterMs of [0, 50, 150]) {
    const reconciling = await startReconciling();
    await delay(laterMs);
    reconciling.child.kill('SIGKILL');
    ends.push(await reconciling.exited);
    await reconcileAll();
  }
  expect(ends[0]).toBe('SIGKILL');
}

/** Restarts a receiver on the same port, so that senders do not notice the restart. */
async function restart(receiver: ReceiverProcess, env: TestEnv): Promise<ReceiverProcess> {
  receiver.child.kill('SIGKILL');
  await receiver.exited;
  return startReceiverProcess({ ...env, HTTP_PORT: new URL(receiver.url).port });
}

async function countRequests({ managementUrl }: ReceiverProcess): Promise<number> {
  const text = await (await fetch(`${managementUrl}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('comapi_webhook_requests_total{'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
