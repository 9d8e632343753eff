import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';
import { otherEvents, readFindSessions, runSession, withoutTimes } from './find-sessions.ts';

/**
 * Runs the `find` sessions in docs/commands.md, except the session with Kafka's own tool, and expects exactly the
 * documented output. If `FIND_SESSIONS_FILE` is set, it appends a line for each session to that file: store, number of
 * events, command, seconds.
 */
export async function expectFindSessions(
  store: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const sessions = readFindSessions().filter(({ typed }) => typed.startsWith('comapi-webhook '));
  expect(sessions).toHaveLength(2);
  for (const { typed, printed } of sessions) {
    const run = await runSession(typed, env);
    expect(withoutTimes(run.printed), `${store}: ${typed}`).toBe(withoutTimes(printed));
    if (process.env.FIND_SESSIONS_FILE !== undefined) {
      const line = [store, otherEvents, `"${typed.replaceAll('"', '""')}"`, run.seconds.toFixed(1)].join(',');
      appendFileSync(process.env.FIND_SESSIONS_FILE, `${line}\n`);
    }
  }
}
