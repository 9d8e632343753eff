import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { appendRecords, toEventRecord } from '../support/append-records.ts';
import { provideProviderApi } from '../support/provide-provider-api.ts';
import { toApiEnv } from '../support/reconcile-messages.ts';
import { launchCommand, runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const provider = await provideProviderApi();
const journal = { DATA_DIR: temporaryDirectory(afterAll) };
const updated = Date.UTC(2026, 10, 1, 8);

beforeAll(async () => {
  await appendRecords(journal, [
    toEventRecord('m-late', 2),
    toEventRecord('m-done', 3, 'message.delivered'),
    toEventRecord('m-done', 2),
    toEventRecord('m-gone', 1, 'message.sentRequest'),
    toEventRecord('m-same', 2),
    toEventRecord('m-same', 2),
    toEventRecord('m-in', 1, 'message.inbound'),
    toEventRecord('m-new', 2),
    toEventRecord('p-1', 1, 'profile.update'),
    toEventRecord('c-1', 1, 'conversationMessage.sent'),
  ]);
});
beforeEach(() => {
  record('m-late', 'message.read');
  record('m-done', 'message.delivered');
  record('m-same', 'message.sent');
  record('m-new', 'message.delivered', systemClock.epochMs() + 60_000);
});

function record(messageId: string, name: string, atMs = updated) {
  provider.ledger.record({ messageId, name, channel: 'sms', atMs });
}

const messages = ['--messages', '--older-than', '1ms'];

function reconcile(args: readonly string[] = messages, env: Readonly<Record<string, string>> = {}) {
  return runCommand(['reconcile', ...args], { ...journal, ...toApiEnv(provider), ...env });
}

const timeless = (text: string) => text.replaceAll(/2026-\d\d-\d\dT[\d:.]+Z|20(?!26)\d\d-\S+Z/g, '…');

describe('reconcile --messages', () => {
  test('lists what is missing and what is not known, and counts the others', async () => {
    const { code, stdout } = await reconcile();
    expect(timeless(stdout)).toBe(
      `missing m-late                                stored: message.sent r2, …; provider: read, …
unknown m-gone                                stored: message.sentRequest r1, …; provider: unknown message
Messages with a state stored since …: 5.
Message states requested from the provider: 4. A state is requested only if the last stored state of the message is not final and was stored before ….
  1 missing: the event with the provider's state is not stored
  1 unknown: the provider does not know the message
  1 recent: the state changed recently, and its event may still arrive
  1 agrees: the stored state matches the provider's state
MISSING: the latest state is not stored for 1 of 5 messages.
`,
    );
    expect(code).toBe(1);
    expect(provider.calls.map(({ path }) => path).toSorted()).toEqual(
      ['gone', 'late', 'new', 'same'].map((name) => `/cpaas/messages/m-${name}`),
    );
  });

  test('exits with 2 when no message is known: it is another account', async () => {
    provider.ledger.clear();
    const { code, stdout } = await reconcile();
    expect([code, stdout]).toEqual([
      2,
      expect.stringContaining(
        'Cannot tell whether states are missing: the provider knows none of the messages. Check that the API user belongs to the account',
      ),
    ]);
  });

  test('asks for nothing that was stored lately, or outside of the period', async () => {
    const late = await reconcile(['--messages']);
    expect([late.code, late.stdout]).toEqual([
      0,
      expect.stringMatching(/\nMessage states requested .*: 0\. /),
    ]);
    expect(timeless(late.stdout)).toContain(
      '\nMessages not compared yet: 4. Their last states were stored after ….\n',
    );
    expect(late.stdout).toContain('\nNo states are missing for the 1 message that could be compared.\n');
    expect((await reconcile([...messages, '--until', '1h'])).stdout).toMatch(
      /\nMessage states requested .*: 0\. /,
    );
    expect(provider.calls).toEqual([]);
  });

  test('without more said asks for the last week, but the last 25 hours', async () => {
    const own = { DATA_DIR: temporaryDirectory() };
    await appendRecords(
      own,
      [169, 167, 26, 24].map((hours) => {
        const sent = toEventRecord(`m-${hours}`, 2);
        const time = new Date(Date.now() - hours * 3_600_000).toISOString();
        return { ...sent, headers: { ...sent.headers, 'received-at': time } };
      }),
    );
    await reconcile(['--messages'], own);
    expect(provider.calls.map(({ path }) => path)).toEqual(['/cpaas/messages/m-167', '/cpaas/messages/m-26']);
  });

  test('for programs is one object', async () => {
    const { stdout } = await reconcile([...messages, '--json']);
    const result = JSON.parse(stdout);
    expect(result.messages.differences[0]).toEqual({
      messageId: 'm-late',
      outcome: 'missing',
      stored: { name: 'message.sent', revision: '2', time: expect.any(String) },
      provider: { status: 'read', updated: '2026-11-01T08:00:00.000Z' },
    });
    expect(result.messages).toMatchObject({
      ...{ total: 5, asked: 4 },
      outcomes: { missing: 1, unknown: 1, behind: 0, unclear: 0, recent: 1, agrees: 1 },
    });
  });

  test.each([
    [
      { COMAPI_API_PASSWORD: 'wrong' },
      {},
      'The provider rejected the credentials (401 on GET /cpaas/messages/',
    ],
    [{}, { status: 403 }, 'The provider denied access (403 on GET /cpaas/messages/'],
    [
      {},
      { status: 429, headers: { 'retry-after': '3600' } },
      'The provider limits the rate of calls (429 on GET /cpaas/messages/',
    ],
  ])('says why it is not complete: %j, %j', async (env, trouble, text) => {
    provider.troubleOf = () => ({ method: 'GET', ...trouble });
    const { code, stdout } = await reconcile(messages, env);
    expect([code, stdout]).toEqual([2, expect.stringContaining(`are missing: ${text}`)]);
    const { stdout: json } = await reconcile([...messages, '--json'], env);
    expect(JSON.parse(json).messages.problem).toContain(text);
  });

  test('is stopped by Ctrl-C, and says what it knows', async () => {
    provider.troubleOf = () => ({ method: 'GET', delayMs: 60_000 });
    const command = launchCommand(['reconcile', ...messages], { ...journal, ...toApiEnv(provider) });
    await expect.poll(() => provider.calls.length).toBe(4);
    command.interrupt();
    const { code, stdout } = await command.ended;
    expect([code, stdout]).toEqual([2, expect.stringContaining('are missing: the run was stopped.\n')]);
  });

  test.each([
    [['--write'], {}, '--write requires --messages'],
    [['--messages', '--since', '1h', '--until', '2h'], {}, '--since must be before --until'],
    [['--messages'], { KEY_RULES: '*=payload.id' }, 'does not work with these KEY_RULES'],
    [['--messages'], { COMAPI_API_USERNAME: '' }, 'COMAPI_API_USERNAME: is missing'],
    [['--messages'], { DATA_DIR: '/nowhere' }, 'the journal /nowhere/journal does not exist'],
    [['--messages'], { RABBITMQ_URL: 'amqp://127.0.0.1:1' }, 'delivers each event to only one consumer'],
    [
      ['--messages', '--write'],
      { KAFKA_DEAD_LETTER_TOPIC: 'comapi.events.reconciled' },
      'KAFKA_TOPIC: with the suffix ".reconciled" is comapi.events.reconciled, which is already the name of another topic',
    ],
  ])('%j with %j is refused', async (args, env, text) => {
    const { code, stdout, stderr } = await reconcile(args, env);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(text)]);
    expect(provider.calls).toEqual([]);
  });

  test('stores what is missing as it was answered, without a revision, and beside the journal', async () => {
    const { code, stdout } = await reconcile([...messages, '--write']);
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining('Missing states were written to comapi.events.reconciled'),
    ]);
    const directory = join(journal.DATA_DIR, 'reconciled');
    const tail = await runCommand(['tail', '--no-follow'], journal);
    expect(tail.stdout).not.toContain('reconciled');
    const [line = ''] = readSegments(directory);
    expect(JSON.parse(line)).toEqual({
      ...{ topic: 'comapi.events.reconciled', partition: null, key: 'm-late' },
      headers: {
        ...{ 'content-type': 'application/json', status: 'read', 'stored-state': 'message.sent' },
        'received-at': expect.any(String),
      },
      value: '{"messageId":"m-late","status":"read","_updatedOn":"2026-11-01T08:00:00.000Z"}',
    });
    // A second run stores only those states that have changed since the first run.
    expect((await reconcile([...messages, '--write'])).stdout).toContain('1 missing: ');
    expect(readSegments(directory)).toHaveLength(1);
    record('m-same', 'message.delivered');
    await reconcile([...messages, '--write']);
    expect(readSegments(directory).map((each) => JSON.parse(each).key)).toEqual(['m-late', 'm-same']);
    const shown = await runCommand(['tail', '--reconciled', '--no-follow'], journal);
    const [first = ''] = shown.stdout.split('\n');
    expect(JSON.parse(first)).toMatchObject({
      ...{ topic: 'comapi.events.reconciled', key: 'm-late', name: 'read' },
      event: { messageId: 'm-late', status: 'read' },
    });
  });
});

test('several parts stand beside each other, and each says why it could not be compared', async () => {
  const parts = [...messages, '--counts', '--json'];
  const both = JSON.parse((await reconcile(parts)).stdout);
  expect([both.messages.asked, both.counts]).toEqual([
    4,
    expect.objectContaining({ verdict: expect.anything() }),
  ]);
  const { code, stdout, stderr } = await reconcile(parts, { COMAPI_API_PASSWORD: 'wrong' });
  const failed = JSON.parse(stdout);
  expect([code, failed.messages.problem, failed.counts.problem]).toEqual([
    2,
    expect.stringContaining('rejected the credentials (401 on GET /cpaas/messages'),
    expect.stringContaining('rejected the credentials (401 on GET'),
  ]);
  expect(stderr).toContain('counts: The provider rejected the credentials');
});

function readSegments(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n'))
    .filter((line) => line !== '');
}
