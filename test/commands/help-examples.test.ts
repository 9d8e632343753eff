import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProgram } from '../../src/commands/create-program.ts';
import { appendRecords, toDeadLetterRecord, toEventRecord } from '../support/append-records.ts';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import { toApiEnv } from '../support/reconcile-messages.ts';
import { launchCommand, runCommand } from '../support/run-command.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
const silent = { env: {}, exit: () => {}, signals: process, stdout: nowhere, stderr: nowhere };
const program = await createProgram(silent);
const names = program.commands.map((command) => command.name());

interface Example {
  readonly text: string;
  readonly args: readonly string[];
}

/** Splits a shell command into words, without redirections. */
function toArgs(text: string): readonly string[] {
  const [, own = ''] = /comapi-webhook ([^|&<>)]+)/.exec(text) ?? [];
  const words = [...own.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  return text.trimStart().startsWith('xargs ') ? [...words, 'm-1'] : words;
}

async function readExamples(name: string): Promise<readonly Example[]> {
  const { stdout } = await runCommand([name, '--help']);
  const [, text = ''] = stdout.split(/^Examples:\n/m);
  return text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => ({ text: line.trim(), args: toArgs(line) }));
}

const examples = (await Promise.all(names.map(readExamples))).flat();

test.each(examples)('$text: its options are there, and take these values', async ({ args }) => {
  const [name = ''] = args;
  const parsed = await createProgram(silent, name);
  let isParsed = false;
  parsed.commands
    .find((each) => each.name() === name)
    ?.action(() => {
      isParsed = true;
    });
  await parsed.parseAsync(['node', 'comapi-webhook', ...args]);
  expect(isParsed).toBe(true);
});

/** Commands that need another store, another host, a person or a long time. The test only parses them. */
const elsewhere = [
  /^comapi-webhook receive$/,
  /^KAFKA_BROKERS=/,
  /hooks\.example\.com\/?($| --batch)|localhost:9091/,
  /comapi-webhook (forget|topics|status)/,
  /--delete|--body -|--count 100000|--duration/,
];
const here = examples.filter(({ text }) => !elsewhere.some((pattern) => pattern.test(text)));
/** Commands that run until Ctrl-C. */
const isEndless = (text: string) => /^comapi-webhook tail( --dead-letters .*)?$/.test(text);

let provider: ProviderApiServer;
let env: Record<string, string> = {};
const directory = temporaryDirectory(afterAll);

beforeAll(async () => {
  provider = await startProviderApiServer();
  provider.ledger.record({
    ...{ messageId: 'm-9', name: 'message.sent', channel: 'sms', atMs: Date.now() - 5 * 3_600_000 },
  });
  provider.store({ name: 'crm', url: 'https://hooks.example.com/webhook', secret: testSecret, events: [] });
  const dataDir = join(directory, 'data');
  mkdirSync(dataDir);
  await appendRecords({ DATA_DIR: dataDir }, [
    toEventRecord('m-1', 1),
    // This message is old enough to be compared immediately.
    toEventRecord('m-2', 3, 'message.delivered'),
    toDeadLetterRecord('{}'),
  ]);
  for (const file of ['secret', 'data/secret', 'body.json']) {
    writeFileSync(join(directory, file), testSecret);
  }
  env = {
    ...{ DATA_DIR: dataDir, WEBHOOK_SECRET: testSecret },
    ...{ HTTP_HOST: '127.0.0.1', HTTP_PORT: '0', MANAGEMENT_PORT: '0', ...toApiEnv(provider) },
  };
});
afterAll(() => provider.close());

const isFile = /^(secret|data\/secret|body\.json)$/;

test.each(here.filter(({ text }) => !text.startsWith('comapi-webhook send')))(
  '$text: it has an answer',
  async ({ text, args }) => {
    const given = args.map((word) => (isFile.test(word) ? join(directory, word) : word));
    const command = launchCommand(given, env);
    if (isEndless(text)) {
      setTimeout(command.interrupt, 1_500);
    }
    const { code, stderr } = await command.ended;
    expect([0, 1], stderr).toContain(code);
  },
);
