import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { EventSource } from '../../src/provider/simulator/event-source.ts';
import { withholdingWays } from '../../src/provider/simulator/withheld-events.ts';
import { countedNames } from '../../src/reconcile/count-grid.ts';
import type { ProviderApiServer } from './provider-api-server.ts';
import { type ReceiverProcess, startReceiverProcess } from './receiver-process.ts';
import { toApiEnv } from './reconcile-names.ts';
import { launchCommand, runCommand } from './run-command.ts';
import { temporaryDirectory } from './test-receiver.ts';
import { waitUntil } from './wait-until.ts';

type TestEnv = Readonly<Record<string, string>>;

/** What `reconcile --json` prints. */
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
 * Sends simulated events of which some are withheld, in each way, and once with a receiver that is killed in the middle. Proves
 * after each that what is missing is found by hour and name, and nothing else.
 *
 * @param events of each run
 */
export async function proveCounts(
  provider: ProviderApiServer,
  given: TestEnv,
  { events = 4_000, hours = 24 }: { readonly events?: number; readonly hours?: number } = {},
): Promise<void> {
  const env = { ...given, ...toApiEnv(provider), WEBHOOK_SECRET: secret };
  const expected = new Map<string, number>();
  const intervalMs = Math.floor((hours * hourMs) / events);
  let receiver = await startReceiverProcess(env);
  const totalMissing = () => [...expected.values()].reduce((total, each) => total + each, 0);
  let counted = 0;

  async function send(
    seed: number,
    options: readonly string[],
    meanwhile?: () => Promise<void>,
  ): Promise<void> {
    const file = join(temporaryDirectory(), 'ledger.jsonl');
    const target = ['send', '--simulate', '--url', `${receiver.url}/webhook`, '--time-scale', '100'];
    const what = ['--seed', `${seed}`, '--count', `${events}`, '--interval', `${intervalMs}ms`];
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
    const source = new EventSource(seed, intervalMs);
    for (let slot = 0; slot < events; slot += 1) {
      const event = source.at(slot);
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

  async function reconcileAll(): Promise<void> {
    const period = ['--from', '2026-01-01', '--to', new Date(startMs + hours * hourMs).toISOString()];
    const names = ['--counts', countedNames.join(',')];
    const { code, stdout } = await runCommand(
      ['reconcile', ...period, '--late', '100000h', '--json', ...names],
      env,
    );
    const { counts } = JSON.parse(stdout) as CountsJson;
    const found = counts.hours.flatMap(({ hour, names: ofHour }) =>
      ofHour.filter(({ missing }) => missing > 0).map(({ name, missing }) => [`${hour} ${name}`, missing]),
    );
    expect(new Map(found as [string, number][])).toEqual(expected);
    const sum = (member: 'provider' | 'beyond') =>
      counts.names.reduce((total, each) => total + each[member], 0);
    expect([sum('provider'), sum('beyond')]).toEqual([counted, 0]);
    expect(counts.missing).toBe(totalMissing());
    expect(code).toBe(counts.missing === 0 ? 0 : 1);
  }

  await send(100, []);
  await reconcileAll();
  for (const [index, way] of withholdingWays.entries()) {
    const before = totalMissing();
    await send(101 + index, ['--withhold', '5', '--withhold-by', way]);
    expect(totalMissing()).toBeGreaterThan(before);
    await reconcileAll();
  }
  await send(200, ['--withhold', '1', '--rate', `${events / 4}`], async () => {
    receiver = await restart(receiver, env);
  });
  await reconcileAll();
}

/** On the same port: whoever sends does not know of it. */
async function restart(receiver: ReceiverProcess, env: TestEnv): Promise<ReceiverProcess> {
  await waitUntil(async () => (await countRequests(receiver)) > 20, {
    timeoutMs: 60_000,
    what: 'some deliveries are stored',
  });
  receiver.child.kill('SIGKILL');
  await receiver.exited;
  return startReceiverProcess({ ...env, HTTP_PORT: new URL(receiver.url).port });
}

async function countRequests({ managementUrl }: ReceiverProcess): Promise<number> {
  const text = await (await fetch(`${managementUrl}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('comapi_webhook_requests_total{'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
