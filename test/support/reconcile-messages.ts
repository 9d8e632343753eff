import { expect } from 'vitest';
import { appendRecords } from './append-records.ts';
import type { ProviderApiServer } from './provider-api-server.ts';
import { startCommand } from './receiver-process.ts';
import { readJson, runCommand } from './run-command.ts';
import { waitUntil } from './wait-until.ts';
import { withholdEvents } from './withheld-events.ts';

type TestEnv = Readonly<Record<string, string>>;

/** Output of `reconcile --messages --json`. */
interface MessagesJson {
  readonly messages: {
    readonly differences: readonly { readonly messageId: string; readonly outcome: string }[];
    readonly total: number;
    readonly asked: number;
    readonly outcomes: Readonly<Record<string, number>>;
    readonly problem?: string;
  };
}

export function toApiEnv(provider: Pick<ProviderApiServer, 'url'>): TestEnv {
  return {
    COMAPI_API_URL: provider.url,
    COMAPI_API_USERNAME: 'apiuser',
    COMAPI_API_PASSWORD: 'pass word',
  };
}

/** Timeout for about 6,000 calls of the provider's API, which is simulated in the same process. */
export const messagesTimeoutMs = 600_000;

const args = ['reconcile', '--messages', '--older-than', '1ms', '--json'];

function listOf({ messages }: MessagesJson, outcome: string): string[] {
  return messages.differences
    .filter((each) => each.outcome === outcome)
    .map(({ messageId }) => messageId)
    .toSorted();
}

/**
 * Stores all simulated events except some. Checks that `reconcile` finds exactly the missing states, both in a normal
 * run and when it is killed and run again. Reads the stored states with `tail --reconciled`.
 */
export async function proveMessages(
  provider: ProviderApiServer,
  given: TestEnv,
  options: {
    readonly topic: string;
    /** Number of events. There are four events per message. */
    readonly events?: number;
    readonly whenStored?: () => Promise<unknown>;
  },
): Promise<void> {
  const env = { ...given, ...toApiEnv(provider) };
  const { events = 24_000 } = options;
  const { records, messages, expected } = withholdEvents(provider.ledger, {
    seed: 29,
    events,
    topic: options.topic,
  });
  for (let at = 0; at < records.length; at += 20_000) {
    await appendRecords(given, records.slice(at, at + 20_000));
  }
  await options.whenStored?.();
  expect(messages).toBeGreaterThan(events / 5);
  const open = expected.missing.length + expected.unknown.length + expected.agrees.length;
  const { missing, unknown, agrees } = expected;
  expect([missing.length > events / 1_000, unknown.length > 0, agrees.length > 0]).toEqual([
    true,
    true,
    true,
  ]);

  const result = await runCommand([...args, '--rate', '100000'], env);
  const found = readJson(result) as MessagesJson;
  expect(found.messages.problem).toBeUndefined();
  expect(listOf(found, 'missing')).toEqual(expected.missing.toSorted());
  expect(listOf(found, 'unknown')).toEqual(expected.unknown.toSorted());
  expect(found.messages.differences).toHaveLength(expected.missing.length + expected.unknown.length);
  expect(found.messages).toMatchObject({
    total: messages,
    asked: open,
    outcomes: { agrees: expected.agrees.length },
  });
  expect([result.code, provider.calls.length]).toEqual([1, open]);

  // Repeats the check with a kill in the middle, with faults of the provider, and with missing states being stored.
  provider.calls.length = 0;
  const killed = startCommand([...args, '--write', '--rate', '100'], env);
  await waitUntil(() => provider.calls.length > 100, {
    timeoutMs: 120_000,
    what: '100 messages are requested',
  });
  killed.child.kill('SIGKILL');
  expect(await killed.exited).toBe('SIGKILL');
  provider.troubleOf = (call) => {
    if (call % 1_000 === 7) {
      return { method: 'GET', status: 429, headers: { 'retry-after': '1' } };
    }
    return call % 300 === 11 ? { method: 'GET', isCut: true } : undefined;
  };
  const written = await runCommand([...args, '--write', '--rate', '100000'], env);
  provider.troubleOf = undefined;
  const whole = readJson(written) as MessagesJson;
  expect(whole.messages.problem).toBeUndefined();
  expect(listOf(whole, 'missing')).toEqual(expected.missing.toSorted());
  expect(whole.messages).toMatchObject({ total: messages, asked: open });

  // A second run does not store any state again.
  const again = await runCommand([...args, '--write', '--rate', '100000'], env);
  expect(listOf(readJson(again), 'missing')).toEqual(expected.missing.toSorted());
  const states = await readReconciled(given);
  expect(states.map(({ key }) => key).toSorted()).toEqual(expected.missing.toSorted());
  const [{ headers } = { headers: {} }] = states;
  expect(Object.keys(headers).toSorted()).toEqual(['content-type', 'received-at', 'status', 'stored-state']);
}

/** Reads the keys and headers of the states that were fetched from the provider. */
async function readReconciled(env: TestEnv): Promise<{ key: string; headers: Record<string, string> }[]> {
  const { stdout } = await runCommand(['tail', '--reconciled', '--no-follow'], env);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
