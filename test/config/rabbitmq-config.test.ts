import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  formatRabbitMqAddress,
  parseRabbitMqUrls,
  rabbitMqSettings,
  readRabbitMqConfig,
} from '../../src/config/rabbitmq-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

const url = 'amqps://me:hidden@a';

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  const config = readRabbitMqConfig(env, problems);
  rabbitMqSettings.readTopics(env, problems);
  return { config, problems };
}

const directory = mkdtempSync(join(tmpdir(), 'test-rabbitmq-'));
afterAll(() => rmSync(directory, { recursive: true }));

function fileWith(text: string): string {
  const file = join(directory, randomUUID());
  writeFileSync(file, text);
  return file;
}

describe('a password without TLS', () => {
  const plain = 'amqp://me:hidden@a';

  test.each<[Env, string]>([
    [{ RABBITMQ_URL: plain }, 'RABBITMQ_URL'],
    [{ CLOUDAMQP_URL: plain }, 'CLOUDAMQP_URL'],
    [{ RABBITMQ_URL_FILE: fileWith(plain) }, 'RABBITMQ_URL_FILE'],
    [{ RABBITMQ_URL: `amqp://a,${plain}` }, 'RABBITMQ_URL'],
    [{ RABBITMQ_URL: 'amqp://guest:hidden@a' }, 'RABBITMQ_URL'],
  ])('%j is refused', (env, variable) => {
    const { problems } = read(env);
    expect(problems).toEqual([{ variable, message: expect.stringContaining('set ALLOW_PLAINTEXT=true') }]);
    expect(JSON.stringify(problems)).not.toContain('hidden');
  });

  test.each<Env>([
    { RABBITMQ_URL: plain, ALLOW_PLAINTEXT: 'true' },
    { RABBITMQ_URL: 'amqp://a' },
    { RABBITMQ_URL: 'amqp://guest:guest@a' },
    { RABBITMQ_URL: url },
  ])('%j is taken', (env) => {
    expect(read(env).problems).toEqual([]);
  });
});

describe('readRabbitMqConfig', () => {
  test('is undefined without a URL', () => {
    expect(read({ RABBITMQ_QUEUE_COUNT: '3' })).toEqual({ config: undefined, problems: [] });
  });

  test.each<[Env, object]>([
    [
      { RABBITMQ_URL: url },
      { url: { text: url }, allowPlaintext: false, layout: { queueCount: 1 }, tls: {} },
    ],
    [{ CLOUDAMQP_URL: url }, { url: { text: url } }],
    [{ CLOUDAMQP_URL: 'amqps://platform', RABBITMQ_URL: url }, { url: { text: url } }],
    [{ RABBITMQ_URL: url, RABBITMQ_QUEUE_COUNT: '4' }, { layout: { queueCount: 4 } }],
    [{ RABBITMQ_URL: url, RABBITMQ_EXCHANGE: 'e' }, { layout: { exchange: 'e' } }],
    [{ RABBITMQ_URL: 'amqps://a', STORE_TLS_SERVER_NAME: 'b' }, { tls: { serverName: 'b' } }],
  ])('%j is %j', (env, expected) => {
    const { config, problems } = read(env);
    expect(problems).toEqual([]);
    expect(config).toMatchObject(expected);
  });

  test('takes URLs and certificates from files', () => {
    const file = fileWith(`${url}\n`);
    const pem = fileWith('pem');
    const env = {
      ...{ RABBITMQ_URL_FILE: file, STORE_TLS_CA_FILE: pem },
      ...{ STORE_TLS_CERT_FILE: pem, STORE_TLS_KEY_FILE: pem },
    };
    const { config, problems } = read(env);
    expect(problems).toEqual([]);
    expect(config).toMatchObject({ url: { file }, tls: { caFile: pem, certFile: pem, keyFile: pem } });
  });

  test.each<[Env, string]>([
    [{ RABBITMQ_URL: 'a' }, 'RABBITMQ_URL'],
    [{ RABBITMQ_URL_FILE: '/no/such/file' }, 'RABBITMQ_URL_FILE'],
    [{ RABBITMQ_URL_FILE: fileWith('http://a') }, 'RABBITMQ_URL_FILE'],
    [{ RABBITMQ_URL: url, RABBITMQ_URL_FILE: fileWith(url) }, 'RABBITMQ_URL'],
    [{ RABBITMQ_URL: url, RABBITMQ_QUEUE_COUNT: '0' }, 'RABBITMQ_QUEUE_COUNT'],
    [{ RABBITMQ_URL: url, RABBITMQ_QUEUE_COUNT: '129' }, 'RABBITMQ_QUEUE_COUNT'],
    [{ RABBITMQ_URL: url, RABBITMQ_QUEUE: 'a b' }, 'RABBITMQ_QUEUE'],
    [{ RABBITMQ_URL: url, RABBITMQ_EXCHANGE: 'e', RABBITMQ_QUEUE: 'q' }, 'RABBITMQ_EXCHANGE'],
    [{ RABBITMQ_URL: url, RABBITMQ_EXCHANGE: 'e', RABBITMQ_QUEUE_COUNT: '2' }, 'RABBITMQ_EXCHANGE'],
    [{ RABBITMQ_URL: 'amqp://a', STORE_TLS_SERVER_NAME: 'a' }, 'STORE_TLS_SERVER_NAME'],
    [{ RABBITMQ_URL: 'amqps://a', STORE_TLS_CERT_FILE: fileWith('pem') }, 'STORE_TLS_KEY_FILE'],
    [{ RABBITMQ_URL: 'amqps://a', STORE_TLS_CA_FILE: '/no/such/file' }, 'STORE_TLS_CA_FILE'],
  ])('%j has one problem: %s', (env, variable) => {
    const { problems } = read(env);
    expect(problems.map((problem) => problem.variable)).toEqual([variable]);
    expect(JSON.stringify(problems)).not.toContain('hidden');
  });
});

test('the names have the documented defaults, or are those that are set', () => {
  const { readTopics } = rabbitMqSettings;
  expect(readTopics({}, [])).toEqual({ events: 'comapi.events' });
  expect(readTopics({ RABBITMQ_QUEUE: 'q' }, [])).toEqual({ events: 'q' });
  expect(readTopics({ RABBITMQ_EXCHANGE: 'e' }, [])).toEqual({ events: 'e' });
});

const secret = 'p%40ss%2Fw%C3%B6rd';

describe('parseRabbitMqUrls', () => {
  test('takes users, ports and virtual hosts apart, and decodes them', () => {
    expect(parseRabbitMqUrls(`amqps://me:${secret}@mq.example.com/%2Fteam , amqps://[::1]:5673`)).toEqual([
      {
        ...{ host: 'mq.example.com', port: 5671, isTls: true, virtualHost: '/team' },
        ...{ username: 'me', password: 'p@ss/wörd' },
      },
      { host: '::1', port: 5673, isTls: true, virtualHost: '/', username: 'guest', password: 'guest' },
    ]);
    expect(parseRabbitMqUrls('amqp://a')).toMatchObject([{ port: 5672, isTls: false, virtualHost: '/' }]);
    expect(parseRabbitMqUrls('amqp://me@a')).toMatchObject([{ username: 'me', password: '' }]);
  });

  test.each([
    ['', 'empty item'],
    ['a:5672', 'is not amqp://'],
    [`amqp://me:${secret}@a:port`, 'percent-encoded'],
    [`amqp://me:${secret}@`, 'is not amqp://'],
    ['amqp://', 'contains no host'],
    [`amqp://me:${secret}@a?heartbeat=1`, '"?"'],
    [`amqp://me:${secret}@a/#x`, '"#"'],
    ['amqp://me:%zz@a', 'invalid percent-encoding'],
    ['amqp://a,amqps://b', 'mixes'],
  ])('says what is wrong with %j, without its password', (text, part) => {
    const fault = parseRabbitMqUrls(text);
    expect(fault).toContain(part);
    expect(fault).not.toContain(secret);
  });
});

test.each([
  [`amqp://me:${secret}@a:1/v%2Fh`, 'amqp://a:1/v%2Fh'],
  [`amqps://me:${secret}@[::1]`, 'amqps://[::1]:5671'],
])('formatRabbitMqAddress shows %s without user and password', (text, shown) => {
  const [address] = parseRabbitMqUrls(text);
  expect(formatRabbitMqAddress(address as Exclude<typeof address, string | undefined>)).toBe(shown);
});
