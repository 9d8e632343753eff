import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorizerConfig } from '../support/kafka/grant-rights.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTestCertificates } from '../support/kafka/test-certificates.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import { toApiEnv } from '../support/reconcile-messages.ts';
import { runCommand } from '../support/run-command.ts';
import { testSecret } from '../support/test-receiver.ts';

type Env = Readonly<Record<string, string>>;

/** What the page says of Kafka below its table. */
const columns = ['wrong password', 'no right', 'no such topic'] as const;

const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
const [, section = ''] = page.split('\n## Exit codes\n');
/** The first column of the table: the exit code of a command when what it needs is away. */
const away = new Map(
  [...section.matchAll(/^\| (`.+?`) \| ([12]) \|/gm)].flatMap(([, commands = '', code]) =>
    commands.split(', ').map((command) => [command.replaceAll('`', ''), Number(code)] as const),
  ),
);
const rows = [
  'check',
  'find',
  'forget',
  'reconcile',
  'replay',
  'tail',
  'tail --dead-letters',
  'topics',
].flatMap((command) =>
  columns.map((column) => ({
    command,
    column,
    code: command === 'topics' && column === 'no such topic' ? 0 : away.get(command.split(' ', 1)[0] ?? ''),
  })),
);

/** The promise is a time: less than the 15 s for which a store is waited for. */
const soonMs = 14_000;

const user = { username: 'somebody', password: 'correct horse' };
const directory = mkdtempSync(join(tmpdir(), 'refusals-'));
let cluster: KafkaCluster;
let provider: ProviderApiServer;
let anotherCa = '';

beforeAll(async () => {
  cluster = await startKafkaCluster({ nodes: 1, tls: true, sasl: user, brokerConfig: authorizerConfig });
  provider = await startProviderApiServer();
  ({ caFile: anotherCa } = await createTestCertificates(directory));
});
afterAll(async () => {
  await cluster?.stop();
  await provider?.close();
  rmSync(directory, { recursive: true });
});

/** What each command is called with beside its name. */
const more: Readonly<Record<string, readonly string[]>> = {
  find: ['m-1'],
  forget: ['--yes', 'm-1'],
  reconcile: ['--messages'],
  tail: ['--no-follow'],
  'tail --dead-letters': ['--no-follow'],
};

function toArgs(command: string): readonly string[] {
  return [...command.split(' '), ...(more[command] ?? [])];
}

async function createTopics(): Promise<Env> {
  const names = toNames();
  for (const name of [names.KAFKA_TOPIC, names.KAFKA_DEAD_LETTER_TOPIC]) {
    await createTopic(cluster.bootstrap, name);
  }
  await createTopic(cluster.bootstrap, `${names.KAFKA_TOPIC}.latest`, {
    configs: { 'cleanup.policy': 'compact' },
  });
  return names;
}

function toNames() {
  const events = `e-${randomUUID()}`;
  return { KAFKA_TOPIC: events, KAFKA_DEAD_LETTER_TOPIC: `d-${events}` };
}

const toLogin = (password: string) => ({
  KAFKA_BROKERS: cluster.saslBootstrap ?? '',
  KAFKA_SASL_MECHANISM: 'plain',
  ALLOW_PLAINTEXT: 'true',
  KAFKA_SASL_USERNAME: user.username,
  KAFKA_SASL_PASSWORD: password,
});

/** With what each cell comes about, and the words that name it. */
const causes: Readonly<Record<string, () => Promise<{ readonly env: Env; readonly words: RegExp }>>> = {
  'wrong password': async () => ({
    env: { ...(await createTopics()), ...toLogin('wrong') },
    words: /check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and the password/,
  }),
  'no right': async () => ({
    env: { ...(await createTopics()), ...toLogin(user.password) },
    words: /no right to \w+ (topic|group)/,
  }),
  'no such topic': async () => ({
    env: { ...toNames(), KAFKA_BROKERS: cluster.bootstrap },
    words: /has no topic|does not exist|missing|created/,
  }),
};

async function run(args: readonly string[], env: Env) {
  const startedAt = performance.now();
  const { code, stdout, stderr } = await runCommand(args, {
    ...(args[0] === 'reconcile' ? toApiEnv(provider) : {}),
    WEBHOOK_SECRET: testSecret,
    ...env,
  });
  return { code, text: `${stdout}${stderr}`, isSoon: performance.now() - startedAt < soonMs };
}

test('the page says what ends a command on Kafka as what is away does', () => {
  expect(section).toContain(
    'On Kafka a wrong password, a missing right and a missing topic (but of `topics`',
  );
});

describe('on a broker that refuses', () => {
  test.each(rows)('$command, $column: $code, soon', async ({ command, column, code }) => {
    const { env, words } = (await causes[column]?.()) ?? { env: {}, words: /never/ };
    const result = await run(toArgs(command), env);
    expect(result).toEqual({ code, text: expect.stringMatching(words), isSoon: true });
    expect(result.text).not.toMatch(/^(Error|TypeError|\s+at )/m);
  });

  const saslTls = () => ({ ...toLogin(user.password), KAFKA_BROKERS: cluster.saslTlsBootstrap ?? '' });

  test.each([
    ['an authority that is not trusted', () => ({ STORE_TLS_CA_FILE: anotherCa }), 'STORE_TLS_CA_FILE'],
    [
      'another server name',
      () => ({
        STORE_TLS_CA_FILE: cluster.certificates?.caFile ?? '',
        STORE_TLS_SERVER_NAME: 'kafka.example.com',
      }),
      'STORE_TLS_SERVER_NAME',
    ],
  ])('a replay says it soon: %s', async (_, toTls, variable) => {
    const env = { ...toNames(), ...saslTls(), KAFKA_TLS: 'true', ...toTls() };
    expect(await run(['replay'], env)).toEqual({
      code: 2,
      text: expect.stringContaining(`check ${variable}`),
      isSoon: true,
    });
  });

  test('a replay says soon that its port speaks TLS, and this client does not', async () => {
    const env = { ...toNames(), KAFKA_BROKERS: cluster.tlsBootstrap ?? '' };
    expect(await run(['replay'], env)).toEqual({
      code: 2,
      text: expect.stringContaining('check KAFKA_TLS: '),
      isSoon: true,
    });
  });
});
