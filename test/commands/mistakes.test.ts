import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';

/** Where nothing listens. */
let gone = 0;
/** A web server of somebody else. */
let other = 0;

beforeAll(async () => {
  [gone = 0] = await freePorts(1);
  const server = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  other = (server.address() as AddressInfo).port;
  return () => void server.close();
});

interface Place {
  readonly gone: number;
  readonly other: number;
  readonly directory: string;
}

interface Mistake {
  readonly what: string;
  readonly args: (place: Place) => readonly string[];
  readonly env?: (place: Place) => Record<string, string>;
  /** The thing that is wrong, by its name. */
  readonly thing: (place: Place) => string;
  /** What to do about it. */
  readonly next: string;
  readonly code?: number;
}

const receive = () => ['receive'];
const secret = { WEBHOOK_SECRET: testSecret };

/** What an ordinary operator does wrong. Those that need a store are told beside the tests of that store. */
const mistakes: readonly Mistake[] = [
  {
    what: 'a misspelt command',
    args: () => ['chekc'],
    thing: () => "unknown command 'chekc'",
    next: 'Did you mean check?',
  },
  {
    what: 'a misspelt option',
    args: () => ['check', '--jsn'],
    thing: () => "unknown option '--jsn'",
    next: 'Did you mean --json?',
  },
  {
    what: 'a misspelt variable, in production',
    args: receive,
    env: () => ({ ...secret, NODE_ENV: 'production', KAFKA_BROKER: 'kafka:9092', DATA_DIR: '/srv' }),
    thing: () => 'KAFKA_BROKER: nothing reads it',
    next: 'Did you mean KAFKA_BROKERS?',
  },
  {
    what: 'two stores',
    args: receive,
    env: ({ gone: port }) => ({
      ...secret,
      KAFKA_BROKERS: `127.0.0.1:${port}`,
      REDIS_URL: `redis://127.0.0.1:${port}`,
    }),
    thing: () => 'REDIS_URL: is set, and so is KAFKA_BROKERS',
    next: 'Keep one of the two',
  },
  {
    what: 'a secret that is too short',
    args: receive,
    env: () => ({ WEBHOOK_SECRET: 'short' }),
    thing: () => 'WEBHOOK_SECRET: the secret "current" has 5 characters',
    next: 'use at least 16',
  },
  {
    what: 'a directory of secrets that is not mounted',
    args: receive,
    env: ({ gone: port }) => ({
      WEBHOOK_SECRETS_DIR: '/nowhere/secrets',
      KAFKA_BROKERS: `127.0.0.1:${port}`,
    }),
    thing: () => 'WEBHOOK_SECRETS_DIR: the directory of secrets /nowhere/secrets cannot be read',
    next: 'there is no directory /nowhere',
  },
  {
    what: 'a password file of another name',
    args: receive,
    env: ({ gone: port, directory }) => ({
      ...secret,
      KAFKA_BROKERS: `127.0.0.1:${port}`,
      KAFKA_TLS: 'true',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'user',
      KAFKA_SASL_PASSWORD_FILE: `${directory}/pasword`,
    }),
    thing: ({ directory }) =>
      `KAFKA_SASL_PASSWORD_FILE: the file ${directory}/pasword cannot be read: ENOENT`,
    next: '"password"',
  },
  {
    what: 'a certificate that is not there',
    args: receive,
    env: () => ({ ...secret, TLS_CERT_FILE: '/nowhere/tls.crt', TLS_KEY_FILE: '/nowhere/tls.key' }),
    thing: () => 'TLS_CERT_FILE: the file /nowhere/tls.crt cannot be read: ENOENT',
    next: 'there is no directory /nowhere',
  },
  {
    what: 'a file of registrations with a slip of the pen',
    args: receive,
    env: ({ directory }) => ({ WEBHOOKS_FILE: join(directory, 'webhooks.json') }),
    thing: ({ directory }) => `WEBHOOKS_FILE: the file ${directory}/webhooks.json is not JSON`,
    next: '(line 1 column',
  },
  {
    what: 'a port that is taken',
    args: receive,
    env: ({ other: port, directory }) => ({
      ...secret,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: `${port}`,
      MANAGEMENT_PORT: '0',
      DATA_DIR: directory,
    }),
    thing: ({ other: port }) => `HTTP_PORT: another process has port ${port}`,
    next: 'set HTTP_PORT to another port',
    code: 1,
  },
  ...(
    [
      ['KAFKA_BROKERS', '', 'check KAFKA_BROKERS'],
      ['RABBITMQ_URL', 'amqp://', 'check RABBITMQ_URL'],
      ['REDIS_URL', 'redis://', 'check REDIS_URL'],
    ] as const
  ).map(
    ([variable, scheme, next]): Mistake => ({
      what: `no server at ${variable}`,
      args: () => ['replay'],
      env: ({ gone: port }) => ({ [variable]: `${scheme}127.0.0.1:${port}` }),
      thing: ({ gone: port }) => `127.0.0.1:${port}`,
      next,
    }),
  ),
  {
    what: 'no journal',
    args: () => ['find', 'm-1'],
    env: () => ({ DATA_DIR: '/nowhere' }),
    thing: () => 'there is no journal /nowhere/journal',
    next: 'DATA_DIR to the directory of the receiver',
  },
  {
    what: 'topics without a store that has them',
    args: () => ['topics'],
    thing: () => 'KAFKA_BROKERS: is missing',
    next: 'set it to host:port of at least one broker',
  },
  {
    what: 'a registration that is not known',
    args: () => ['replay', '--webhook', 'defualt'],
    env: ({ directory }) => ({ DATA_DIR: directory }),
    thing: () => 'no registration of this configuration is named "defualt"',
    next: 'did you mean "default"?',
  },
  {
    what: 'status of a process that does not run',
    args: () => ['status'],
    env: ({ gone: port }) => ({ MANAGEMENT_HOST: '127.0.0.1', MANAGEMENT_PORT: String(port) }),
    thing: ({ gone: port }) => `http://127.0.0.1:${port}/`,
    next: 'check that the process runs, and that MANAGEMENT_PORT',
  },
  {
    what: 'status of something else',
    args: () => ['status'],
    env: ({ other: port }) => ({ MANAGEMENT_HOST: '127.0.0.1', MANAGEMENT_PORT: String(port) }),
    thing: ({ other: port }) => `http://127.0.0.1:${port}/`,
    next: 'check that the process runs, and that MANAGEMENT_PORT',
  },
  {
    what: 'an event to nobody',
    args: ({ gone: port }) => ['send', '--url', `http://127.0.0.1:${port}/webhook`],
    env: () => secret,
    thing: ({ gone: port }) => `http://127.0.0.1:${port}/webhook`,
    next: '"comapi-webhook receive" starts a receiver',
  },
  {
    what: 'an event to a host that is not there',
    args: () => ['send', '--url', 'http://receiver.invalid/webhook'],
    env: () => secret,
    thing: () => 'http://receiver.invalid/webhook',
    next: 'check --url',
  },
  {
    what: 'an event to another path',
    args: ({ other: port }) => ['send', '--url', `http://127.0.0.1:${port}/webhok`],
    env: () => secret,
    thing: () => '404',
    next: 'WEBHOOK_PATH or WEBHOOKS_FILE has those that there are',
    code: 1,
  },
  {
    what: 'no secret to sign with',
    args: () => ['send'],
    thing: () => 'no secret',
    next: 'give --secret-file, or set WEBHOOK_SECRET',
  },
];

test.each(mistakes)(
  '$what: the thing and the next step are named',
  async ({ args, env, thing, next, code = 2 }) => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'journal'));
    writeFileSync(join(directory, 'password'), 'planted text');
    writeFileSync(join(directory, 'webhooks.json'), '[{"secret":"planted",}]');
    const place = { gone, other, directory };
    const ended = await runCommand(args(place), env?.(place) ?? {});
    const said = ended.stdout + ended.stderr;
    expect(said).toContain(thing(place));
    expect(said).toContain(next);
    expect(said).not.toContain('planted');
    expect(said).not.toMatch(/^\s+at /m);
    expect(ended.code).toBe(code);
  },
);

test('a wrong secret: the answer is named, and where its cause is', async () => {
  const receiver = await startTestReceiver();
  await expect.poll(receiver.ready).toBe(true);
  const { code, stdout, stderr } = await runCommand(['send', '--url', `${receiver.url}/webhook`], {
    WEBHOOK_SECRET: 'another secret of enough characters',
  });
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^401 /)]);
  expect(stderr).toContain('"comapi-webhook verify"');
});
