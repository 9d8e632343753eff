import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatReplayReports } from '../../src/commands/replay-command.ts';
import { postWebhook } from '../../src/tools/provider/post-webhook.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';

describe('replay command', () => {
  /** Creates a journal with one event and three dead letters, which a real receiver has written. */
  async function receiveDeadLetters() {
    const receiver = await startTestReceiver();
    await expect.poll(receiver.ready).toBe(true);
    const answer = await postWebhook({
      url: new URL(`${receiver.url}/webhook`),
      body: Buffer.from('[{"eventId":"e"}, {"id":"first", "n":1.0}, {"other":"second"}, 7]'),
      secret: testSecret,
      timeoutMs: 5_000,
    });
    expect(answer.text).toBe('{"accepted":1,"deadLettered":3}');
    return receiver;
  }

  const replay = (args: readonly string[], env: Readonly<Record<string, string>>) =>
    runCommand(['replay', ...args], env);

  describe('replay on the journal', () => {
    test('says that the receiver has to stop first', async () => {
      const { dataDir } = await receiveDeadLetters();
      const { code, stderr } = await replay([], { DATA_DIR: dataDir, KEY_RULES: '*=id' });
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^error: The store is unavailable: .* is in use by process \d+ .*stop the receiver first/,
      );
    });

    test('dead letters of a registration that was removed go to the topic of all', async () => {
      const { dataDir, stop } = await receiveDeadLetters();
      await stop();
      const file = join(dataDir, 'webhooks.json');
      writeFileSync(file, JSON.stringify([{ name: 'crm', path: '/crm', secret: testSecret }]));
      const env = { DATA_DIR: dataDir, KEY_RULES: '*=id', WEBHOOKS_FILE: file };
      // None of the dead letters belongs to this registration.
      expect(await replay(['--webhook', 'crm'], env)).toMatchObject({ code: 0 });
      const { code, stdout } = await replay([], env);
      // The other two dead letters fail again.
      expect([code, stdout]).toEqual([1, expect.stringMatching(/^no_key +default +1 +replayed to/m)]);
    });

    test('has nothing to do on an empty journal', async () => {
      const dataDir = temporaryDirectory();
      mkdirSync(join(dataDir, 'journal'));
      const { code, stdout } = await replay([], { DATA_DIR: dataDir });
      expect(code).toBe(0);
      expect(stdout).toMatch(/^the journal \S+: read 0 dead letters that had not been replayed\.\n$/);
    });

    test.each([
      [['--since', '2026-02-01', '--until', '2026-01-01'], '--since must be before --until'],
      [['--reason', 'no_kye'], 'Allowed choices are not_json, not_object, not_utf8, '],
    ])('%j exits with 2', async (args, sentence) => {
      const { code, stderr } = await replay(args, { DATA_DIR: temporaryDirectory() });
      expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    });
  });
});

describe('replay output', () => {
  const report = {
    store: 'dead',
    read: 5,
    notSelected: 1,
    foreign: 1,
    uncertain: 0,
    stopped: false,
    skipped: [],
    lines: [
      { reason: 'no_key', webhook: 'crm', outcome: 'replayed', detail: 'events', deadLetters: 1, events: 3 },
      {
        reason: 'not_json',
        webhook: 'crm',
        outcome: 'failed',
        detail: 'not_json',
        deadLetters: 2,
        events: 0,
      },
    ],
  } as const;

  test('says what went where, what stays, and what was left alone', () => {
    expect(formatReplayReports([report], false).split('\n')).toEqual([
      'REASON    WEBHOOK  COUNT  OUTCOME',
      'no_key    crm      1      replayed to events as 3 events',
      'not_json  crm      2      failed again and stayed in the store: not_json',
      'dead: read 5 dead letters that had not been replayed. Of these, 2 cannot be replayed.',
      'Kept 1 dead letter that the options do not select.',
      'Kept 1 record that the receiver did not write, such as records of the revision filter.',
      '',
    ]);
    expect(formatReplayReports([report], true)).toContain('would be replayed to events');
    expect(formatReplayReports([{ ...report, uncertain: 1 }], true)).toContain(
      '\nA dry run cannot predict whether the store still rejects 1 dead letter that it rejected before.\n',
    );
  });

  test.each([
    [{ stopped: true }, 'the run was stopped, and the next run continues from here'],
    [{ skipped: ['A line is skipped.'] }, 'A line is skipped'],
  ])('does not count what it has not read: %j', (given, why) => {
    const text = formatReplayReports([{ ...report, ...given }], false);
    expect(text).toContain(
      `\nCannot tell whether dead has more dead letters: ${why}. The run read 5 dead letters that had not been replayed.\n`,
    );
    expect(text).not.toContain('dead: read 5');
  });
});
