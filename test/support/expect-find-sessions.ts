import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';
import { otherEvents, readFindSessions, readGroupAnswer, runSession, withoutTimes } from './find-sessions.ts';
import type { ProviderApiServer } from './provider-api-server.ts';

/**
 * Types the sessions of find.md, and compares what they print word for word. With `FIND_SESSIONS_FILE` it adds a line for each
 * to that file: store, events, question, seconds.
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
  const sessions = readFindSessions();
  expect(sessions).toHaveLength(4);
  for (const { typed, printed } of sessions) {
    const isOfGroup = typed.includes('--group');
    const run = await runSession(typed, { ...env, ...(typed.includes('provider') && api) });
    const expected = isOfGroup && store !== 'Kafka' ? readGroupAnswer(store) : printed;
    expect(withoutTimes(run.printed), `${store}: ${typed}`).toBe(withoutTimes(expected));
    if (process.env.FIND_SESSIONS_FILE !== undefined) {
      const line = [store, otherEvents, `"${typed.replaceAll('"', '""')}"`, run.seconds.toFixed(1)].join(',');
      appendFileSync(process.env.FIND_SESSIONS_FILE, `${line}\n`);
    }
  }
}
