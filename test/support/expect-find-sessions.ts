import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';
import { otherEvents, readFindSessions, runSession, withoutTimes } from './find-sessions.ts';
import type { ProviderApiServer } from './provider-api-server.ts';

/**
 * Types the sessions of find.md but that of Kafka's own tool, and compares what they print word for word. With
 * `FIND_SESSIONS_FILE` it adds a line for each to that file: store, events, question, seconds.
 */
export async function expectFindSessions(
  store: string,
  env: Readonly<Record<string, string>>,
  provider: ProviderApiServer,
): Promise<void> {
  provider.ledger.record({
    messageId: '8f14e45f-ceea-467f-9575-6fa1c1b0cd5e',
    name: 'message.read',
    channel: 'sms',
    atMs: Date.UTC(2026, 10, 27, 8, 0, 9),
  });
  const api = {
    COMAPI_API_URL: provider.url,
    COMAPI_API_USERNAME: 'apiuser',
    COMAPI_API_PASSWORD: 'pass word',
  };
  const sessions = readFindSessions().filter(({ typed }) => typed.startsWith('comapi-webhook '));
  expect(sessions).toHaveLength(3);
  for (const { typed, printed } of sessions) {
    const run = await runSession(typed, { ...env, ...(typed.includes('provider') && api) });
    expect(withoutTimes(run.printed), `${store}: ${typed}`).toBe(withoutTimes(printed));
    if (process.env.FIND_SESSIONS_FILE !== undefined) {
      const line = [store, otherEvents, `"${typed.replaceAll('"', '""')}"`, run.seconds.toFixed(1)].join(',');
      appendFileSync(process.env.FIND_SESSIONS_FILE, `${line}\n`);
    }
  }
}
