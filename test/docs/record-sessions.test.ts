import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toJournalLine } from '../../src/stores/journal/journal-line.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

interface Step {
  readonly args: readonly string[];
  readonly output: string;
}

/** Commands of the first session after a heading, each with its output. */
function readSession(heading: string): Step[] {
  const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
  const [, text = ''] = page.split(`\n${heading}\n`);
  const [, session = ''] = /^```console\n(.*?)^```/ms.exec(text) ?? [];
  return session
    .split(/^\$ comapi-webhook /m)
    .slice(1)
    .map((step) => {
      const [command = '', ...lines] = step.split('\n');
      return { args: command.replaceAll("'", '').split(' '), output: lines.join('\n') };
    });
}

const first = '8f14e45f-ceea-467f-9575-6fa1c1b0cd5e';
const second = 'c9f0f895-fb98-4b91-a2d3-65bb9c6d2a11';

function toEvent(
  id: string,
  revision: number,
  name: string,
  receivedAt: string,
  webhook = 'default',
): string {
  const hasFailed = name === 'message.failed';
  const payload = {
    ...{ messageId: id, channel: 'sms', body: 'Hello there!' },
    to: { phoneNumber: hasFailed ? '447700900456' : '447700900123' },
    ...(hasFailed && { statusCode: '3', statusMessage: 'Absent subscriber' }),
  };
  const eventId = `e-${revision}`;
  return toJournalLine({
    topic: 'comapi.events',
    key: id,
    value: Buffer.from(JSON.stringify({ eventId, name, payload, revision })),
    headers: {
      ...{ ce_specversion: '1.0', ce_id: eventId, ce_type: name, ce_subject: id, revision: String(revision) },
      ...{ 'received-at': `2026-11-27T${receivedAt}Z`, webhook },
    },
  });
}

/** Writes the journal that the sessions of the page read. */
function writeJournal(): string {
  const dataDir = temporaryDirectory();
  mkdirSync(join(dataDir, 'journal'));
  const letter = {
    ...{ topic: 'comapi.events.dead-letter', key: null },
    value: Buffer.from(`{"name":"message.sent","payload":{"id":{"of":"${first}"}},"revision":1}`),
    headers: { reason: 'no_key', 'received-at': '2026-11-27T08:00:04.000Z', webhook: 'default' },
  };
  const lines = [
    toEvent(first, 2, 'message.sent', '08:00:01.123'),
    toEvent(first, 3, 'message.delivered', '08:00:02.007'),
    toEvent(second, 2, 'message.failed', '08:00:02.007', 'sms'),
    toEvent(first, 2, 'message.sent', '08:00:03.400'),
    toJournalLine(letter),
  ];
  writeFileSync(join(dataDir, 'journal', '0000000001-1074cfe2.jsonl'), lines.join(''));
  return dataDir;
}

const timeless = (text: string) => text.replaceAll(/from \S+ to \S+:/g, 'from … to …:');

test.each(['## tail', '## find'])('the session below %s is what the commands print', async (heading) => {
  const dataDir = writeJournal();
  const steps = readSession(heading);
  expect(steps.length).toBeGreaterThan(0);
  for (const { args, output } of steps) {
    const { code, stdout } = await runCommand(args, { DATA_DIR: dataDir }, { isTTY: true });
    expect(timeless(stdout).replaceAll(dataDir, 'data')).toBe(timeless(output));
    expect(code).toBe(0);
  }
});
