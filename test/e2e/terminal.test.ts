import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import { delivery } from '../support/http-text.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startCommand } from '../support/receiver-process.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Command prefix that runs a command on a pseudo-terminal. */
const onTerminal = ['sh', '-c', `exec script -qec "$(printf "'%s' " "$@")" /dev/null`, 'sh'];

const event = '{"eventId":"e-1","name":"message.delivered","payload":{"messageId":"m-1"}}';

/** Returns the terminal output of a receiver that has stored one event. */
async function showOneDelivery(env: Env): Promise<string> {
  const settings = {
    ...{ HTTP_HOST: '127.0.0.1', HTTP_PORT: '0', MANAGEMENT_PORT: '0', TERM: 'xterm-256color' },
    ...{ DATA_DIR: temporaryDirectory(), WEBHOOK_SECRET: testSecret, ...env },
  };
  const { stdout } = startCommand(['receive'], settings, undefined, onTerminal);
  const shows = (what: RegExp) =>
    waitUntil(() => what.exec(stdout()) ?? undefined, { timeoutMs: 20_000, what: String(what) });
  const [, port] = await shows(/http:\/\/localhost:(\d+)/);
  const answer = await sendRaw(`http://127.0.0.1:${port}`, delivery(event));
  expect(answer.status).toBe(200);
  await shows(/delivery accepted/);
  await shows(/"?durationMs/);
  return stdout();
}

test('a receiver on a terminal writes a readable line for each delivery, in colour', async () => {
  const shown = await showOneDelivery({});
  expect(shown).toContain('\u001b[32mINFO');
  expect(stripVTControlCharacters(shown)).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3}Z INFO {2}delivery accepted webhook=default status=200 reason=ok bodyBytes=\d+ events=1 stored=1 secret=current durationMs=[\d.]+\r?$/m,
  );
});

test('NO_COLOR leaves the colour out', async () => {
  expect(await showOneDelivery({ NO_COLOR: '1' })).not.toContain('\u001b');
});
