import { createHmac } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { createProgram } from '../../src/commands/create-program.ts';
import type { SinkRecord } from '../../src/ports/sink.ts';
import { appendRecords, toDeadLetterRecord, toEventRecord } from '../support/append-records.ts';
import { provideProviderApi } from '../support/provide-provider-api.ts';
import { toApiEnv } from '../support/reconcile-messages.ts';
import { runCommand } from '../support/run-command.ts';
import { startScriptedReceiver } from '../support/scripted-receiver.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const hourMs = 3_600_000;
/** Time at which the tests start. It is fixed, because an hour may end while the tests run. */
const startedMs = Date.now();
const provider = await provideProviderApi();

type TestEnv = Readonly<Record<string, string>>;
type Journal = () => Promise<TestEnv>;

const ago = (hours: number, record: SinkRecord): SinkRecord => {
  const time = new Date(startedMs - hours * hourMs).toISOString();
  return { ...record, headers: { ...record.headers, 'received-at': time, ce_time: time } };
};

const journalOf =
  (...records: readonly SinkRecord[]): Journal =>
  async () => {
    const env = { DATA_DIR: temporaryDirectory() };
    mkdirSync(join(env.DATA_DIR, 'journal'));
    await appendRecords(env, records);
    return env;
  };

/** Breaks a journal: one of its lines is not a record. */
const halfRead =
  (journal: Journal): Journal =>
  async () => {
    const env = await journal();
    const directory = join(env.DATA_DIR ?? '', 'journal');
    const [segment = '0000000001-aaaaaaaa.jsonl'] = readdirSync(directory).filter((name) =>
      name.endsWith('.jsonl'),
    );
    appendFileSync(join(directory, segment), 'no record\n');
    return env;
  };

const filtered =
  (journal: Journal): Journal =>
  async () => {
    const env = await journal();
    await runCommand(['filter'], env);
    return env;
  };

/** Makes the provider count this many messages, sent this many hours ago. */
const counted = (hours: number, count: number) => {
  for (let each = 0; each < count; each += 1) {
    const messageId = `m-${each}`;
    const atMs = startedMs - hours * hourMs;
    provider.ledger.record({ messageId, name: 'message.sent', channel: 'sms', atMs });
  }
};

const sent = toEventRecord('m-1', 2);
const one = journalOf(sent);
const oneAndLetter = journalOf(sent, toDeadLetterRecord('{"x":1}'));
const oldAndNew = journalOf(ago(2, toEventRecord('m-1', 1, 'message.sentRequest')), sent);
const settled = journalOf(ago(5, toEventRecord('m-0', 2)));
const many = journalOf(...Array.from({ length: 1_001 }, (_, index) => toEventRecord(`m-${index}`, 1)));
const none = journalOf();
const refused = () => ({ ...toApiEnv(provider), COMAPI_API_PASSWORD: 'wrong' });
const nowhere = async () => ({ KAFKA_BROKERS: '127.0.0.1:1' });

/** A directory with one readable secret and one unreadable secret. */
const secrets = async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'one'), testSecret);
  mkdirSync(join(directory, 'two'));
  return { WEBHOOK_SECRETS_DIR: directory };
};
const body = join(temporaryDirectory(afterAll), 'body.json');
writeFileSync(body, '{"eventId":"e"}');
const strange = createHmac('sha1', 'what an unauthenticated client would guess')
  .update('{"eventId":"e"}')
  .digest('hex');

interface Row {
  readonly args: readonly string[];
  /** A claim that the command must not print in this situation, such as "nothing was found". */
  readonly sentence: RegExp;
  /** The situation in which the claim may be false, because the command could not check everything. */
  readonly falseWhen: string;
  readonly given: () => Promise<TestEnv>;
  readonly code: 0 | 1 | 2;
  /** The text that the command must print in place of the claim, on standard output or standard error. */
  readonly says: RegExp;
}

const counts = ['reconcile', '--since', '1d'];
const messages = ['reconcile', '--messages', '--older-than', '1ms'];
const unavailable =
  /^latest state: not available \(no revision filter [\s\S]*^reconciled state: not available \(/m;

const rows: readonly Row[] = [
  {
    args: ['find', 'm-8'],
    ...{ sentence: /Nothing was found|No records were found/, falseWhen: 'a part of the store is not read' },
    ...{
      given: halfRead(one),
      code: 2,
      says: /^Cannot tell whether anything is stored about m-8: .* line at byte/m,
    },
  },
  {
    args: ['find', '--where', 'payload.messageId=m-1'],
    ...{
      sentence: /m-1: the latest event is [^\n]*Z\.$/m,
      falseWhen: 'others may be in a part that is not read',
    },
    ...{
      given: halfRead(one),
      code: 2,
      says: /^Cannot tell whether more is stored about payload\.messageId=m-1: /m,
    },
  },
  {
    args: ['find', '--where', 'name=message.sent'],
    ...{ sentence: /Nothing was found|No records were found/, falseWhen: 'more are there than it gathers' },
    ...{ given: many, code: 2, says: /^error: more than 1,000 entities match name=message\.sent/m },
  },
  {
    args: ['find', 'm-1', '--since', '3h', '--until', '1h'],
    ...{ sentence: /^m-1: the latest event is /m, falseWhen: 'the period ends before its last event' },
    ...{ given: oldAndNew, code: 0, says: /^As of \S+: m-1: the latest event is message\.sentRequest r1, /m },
  },
  {
    args: ['find', 'm-1'],
    ...{ sentence: /^m-1: the latest event is [^\n]*Z\.$/m, falseWhen: 'a part of the store is not read' },
    ...{
      given: halfRead(one),
      code: 0,
      says: /^m-1: the latest event is .*\. There may be more events: .* line at byte/m,
    },
  },
  {
    args: ['find', 'm-1', '--since', '3h', '--until', '2h'],
    ...{ sentence: /has no event/, falseWhen: 'its events are outside of the period' },
    ...{ given: filtered(one), code: 0, says: /\. No event was stored from \S+ to \S+\.$/m },
  },
  ...[['m-1'], ['m-8'], ['--where', 'payload.messageId=m-8']].map(
    (asked): Row => ({
      args: ['find', ...asked],
      sentence: /^(?:latest state|reconciled state): (?:none|unknown)/m,
      falseWhen: 'there is no filter, and nothing that reconcile has stored',
      ...{ given: one, code: asked[0] === 'm-1' ? 0 : 1, says: unavailable },
    }),
  ),
  {
    args: ['find', 'm-1'],
    ...{ sentence: /^dead letters: none/m, falseWhen: 'a part of the store is not read' },
    ...{ given: halfRead(one), code: 0, says: /^dead letters: unknown \(/m },
  },
  {
    args: ['find', 'm-1'],
    ...{ sentence: /Nothing was found|No records were found/, falseWhen: 'the store is unavailable' },
    ...{ given: nowhere, code: 2, says: /^error: /m },
  },
  {
    args: ['tail', '--no-follow', '--dead-letters'],
    ...{ sentence: /Nothing was found|No records were found/, falseWhen: 'a part of the store is not read' },
    ...{
      given: halfRead(one),
      code: 2,
      says: /^error: Cannot tell whether there are more records: .* line at byte/m,
    },
  },
  {
    args: counts,
    ...{
      sentence: /No (?:events|states) are missing/,
      falseWhen: 'all there is lies in an hour that is not settled',
    },
    given: async () => {
      counted(0, 1);
      return { ...(await one()), ...toApiEnv(provider) };
    },
    ...{
      code: 2,
      says: /^Cannot tell whether events are missing: the provider counts no events in the hours that ended/m,
    },
  },
  {
    args: counts,
    ...{ sentence: /No (?:events|states) are missing/, falseWhen: 'neither side has anything' },
    given: async () => ({ ...(await none()), ...toApiEnv(provider) }),
    ...{ code: 2, says: /^Cannot tell whether events are missing: .*, and none are stored/m },
  },
  {
    args: counts,
    ...{ sentence: /MISSING/, falseWhen: 'what lacks may be in a part that is not read' },
    given: async () => {
      counted(5, 2);
      return { ...(await halfRead(settled)()), ...toApiEnv(provider) };
    },
    ...{
      code: 2,
      says: /^Cannot tell whether events are missing: 1 of the 2 events .* some records could not be read: /m,
    },
  },
  {
    args: [...messages, '--since', '1ms'],
    ...{ sentence: /No (?:events|states) are missing/, falseWhen: 'no message is stored in the period' },
    given: async () => ({ ...(await one()), ...toApiEnv(provider) }),
    ...{ code: 2, says: /^Cannot tell whether states are missing: no message state is stored/m },
  },
  {
    args: ['reconcile', '--messages'],
    ...{ sentence: /No (?:events|states) are missing/, falseWhen: 'all messages changed lately' },
    given: async () => ({ ...(await one()), ...toApiEnv(provider) }),
    ...{ code: 2, says: /^Cannot tell whether states are missing: no message could be compared, /m },
  },
  {
    args: messages,
    ...{
      sentence: /No (?:events|states) are missing/,
      falseWhen: 'the provider does not say what became of one',
    },
    given: async () => {
      counted(1, 1);
      return { ...(await journalOf(sent, toEventRecord('m-0', 2))()), ...toApiEnv(provider) };
    },
    ...{
      code: 2,
      says: /^Cannot tell whether states are missing: the provider reports no known state for 1 message/m,
    },
  },
  {
    args: messages,
    ...{ sentence: /MISSING/, falseWhen: 'the event of a state may be in a part that is not read' },
    given: async () => {
      provider.ledger.record({ messageId: 'm-1', name: 'message.read', channel: 'sms', atMs: 0 });
      return { ...(await halfRead(one)()), ...toApiEnv(provider) };
    },
    ...{ code: 2, says: /^Cannot tell whether more states are missing: some records could not be read: /m },
  },
  {
    args: messages,
    ...{ sentence: /No (?:events|states) are missing/, falseWhen: 'the provider gives no answer' },
    given: async () => ({ ...(await one()), ...refused() }),
    ...{ code: 2, says: /^Cannot tell whether states are missing: The provider rejected the credentials/m },
  },
  {
    args: ['replay', '--dry-run'],
    ...{ sentence: /the journal \S+: read /, falseWhen: 'a part of the store is not read' },
    ...{
      given: halfRead(oneAndLetter),
      code: 2,
      says: /^Cannot tell whether the journal \S+ has more dead letters: .* The run read 1 /m,
    },
  },
  {
    args: ['forget', '--yes', 'm-1'],
    ...{ sentence: /No state was found/, falseWhen: 'the store has no states that it could look at' },
    ...{ given: one, code: 2, says: /^error: /m },
  },
  {
    args: ['verify', '--body', body, '--signature', strange],
    ...{ sentence: /No cause was found/, falseWhen: 'a secret cannot be read' },
    ...{
      given: secrets,
      code: 2,
      says: /^Cannot tell whether the signature is valid: .*, but the secret "two"/m,
    },
  },
  {
    args: ['simulate', '--count', '3'],
    ...{ sentence: /^accepted +[1-9]/m, falseWhen: 'nothing was accepted' },
    given: async () => {
      const { url } = await startScriptedReceiver(() => 400);
      const own = { WEBHOOK_SECRET: testSecret, HTTP_PORT: url.port, WEBHOOK_PATH: url.pathname };
      return { ...(await none()), ...own };
    },
    // The three events are lost for certain, so the exit code is 1. Code 2 would mean that the result is unknown.
    ...{ code: 1, says: /^lost +3 /m },
  },
  {
    args: ['register', '--webhook', 'crm', '--event', 'message.sent'],
    ...{ sentence: /unchanged|does not exist/, falseWhen: 'the provider gives no answer' },
    ...{
      given: async () => ({ ...refused(), WEBHOOK_SECRET: testSecret }),
      code: 2,
      says: /^error: The provider rejected the credentials/m,
    },
  },
  {
    args: ['topics', '--dry-run'],
    ...{ sentence: /missing|present/, falseWhen: 'the store is unavailable' },
    ...{ given: nowhere, code: 2, says: /^error: /m },
  },
  {
    args: ['check'],
    ...{ sentence: /^ok +(?:store|topics)/m, falseWhen: 'the store is unavailable' },
    given: async () => ({ ...(await nowhere()), WEBHOOK_SECRET: testSecret }),
    ...{ code: 1, says: /^ERROR +store/m },
  },
  {
    args: ['status'],
    ...{ sentence: /^(?:GOOD|WARNING|BAD) /m, falseWhen: 'no process answers' },
    ...{
      given: async () => ({ MANAGEMENT_PORT: '1' }),
      code: 2,
      says: /^error: No response from http:.*:1\/status\.json.*\. Check that the process runs, and set MANAGEMENT_PORT/m,
    },
  },
  {
    args: ['filter'],
    ...{ sentence: /filtered the journal/, falseWhen: 'a part of the store is not read' },
    ...{ given: halfRead(one), code: 2, says: /has a line at byte/ },
  },
];

test.each(rows)('$args: $sentence is not said when $falseWhen', async (row) => {
  const { code, stdout, stderr } = await runCommand(row.args, await row.given());
  const text = `${stdout}${stderr}`;
  expect(text).toMatch(row.says);
  expect(row.sentence.test(text), text).toBe(false);
  expect(code, text).toBe(row.code);
});

test.each(rows.filter(({ args }) => ['find', 'reconcile', 'replay'].includes(args[0] ?? '')))(
  '$args: JSON says no more when $falseWhen',
  async ({ args, given, code, sentence }) => {
    const ran = await runCommand([...args, '--json'], await given());
    expect(ran.code, ran.stdout).toBe(code);
    const verdicts = [...ran.stdout.matchAll(/"verdict": ?"(.*?)(?<!\\)"/g)].map(([, text = '']) => text);
    expect(
      verdicts.every((text) => !sentence.test(text)),
      ran.stdout,
    ).toBe(true);
  },
);

test('every command is here, but what serves, and what says nothing of what is not', async () => {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const io = { env: {}, exit: () => {}, signals: process, stdout: silent, stderr: silent };
  const program = await createProgram(io);
  const names = program.commands.map((command) => command.name());
  const here = new Set(rows.map(({ args }) => args[0]));
  const others = ['receive', 'send', 'help'];
  expect(names.filter((name) => !here.has(name) && !others.includes(name))).toEqual([]);
});
