import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatRedisAddress, parseRedisUrl, readRedisConfig } from '../../src/config/redis-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  return { config: readRedisConfig(env, problems), problems };
}

const variablesOf = (env: Env) => read(env).problems.map(({ variable }) => variable);

describe('readRedisConfig', () => {
  test('is nothing without a URL', () => {
    expect(read({ REDIS_URL: '', REDIS_REPLICAS: '2' })).toEqual({ config: undefined, problems: [] });
  });

  test('has the documented defaults', () => {
    expect(read({ REDIS_URL: 'redis://h' })).toEqual({
      config: {
        url: { text: 'redis://h' },
        allowPlaintext: false,
        streamCount: 1,
        replicas: 0,
        memoryOnly: false,
        tls: {},
      },
      problems: [],
    });
  });

  test('reads every variable', () => {
    const file = join(temporaryDirectory(), 'url');
    writeFileSync(file, 'rediss://:secret@h\n');
    const env = {
      REDIS_URL_FILE: file,
      ALLOW_PLAINTEXT: 'true',
      REDIS_STREAM_COUNT: '4',
      REDIS_REPLICAS: '2',
      REDIS_MEMORY_ONLY: 'true',
      STORE_TLS_CA_FILE: file,
      STORE_TLS_CERT_FILE: file,
      STORE_TLS_KEY_FILE: file,
      STORE_TLS_SERVER_NAME: 'redis.example.com',
    };
    expect(read(env)).toEqual({
      config: {
        url: { file },
        allowPlaintext: true,
        streamCount: 4,
        replicas: 2,
        memoryOnly: true,
        tls: { caFile: file, certFile: file, keyFile: file, serverName: 'redis.example.com' },
      },
      problems: [],
    });
  });

  test.each<[Env, string]>([
    [{ REDIS_URL: 'http://h' }, 'REDIS_URL'],
    [{ REDIS_URL_FILE: '/nowhere' }, 'REDIS_URL_FILE'],
    [{ REDIS_URL: 'redis://h', REDIS_STREAM_COUNT: '0' }, 'REDIS_STREAM_COUNT'],
    [{ REDIS_URL: 'redis://h', REDIS_STREAM_COUNT: '1025' }, 'REDIS_STREAM_COUNT'],
    [{ REDIS_URL: 'redis://h', REDIS_REPLICAS: '17' }, 'REDIS_REPLICAS'],
    [{ REDIS_URL: 'redis://h', STORE_TLS_SERVER_NAME: 'h' }, 'STORE_TLS_SERVER_NAME'],
    [
      {
        REDIS_URL: 'rediss://h',
        REDIS_TLS_ALLOW_ANY_CERTIFICATE: 'true',
        STORE_TLS_CA_FILE: import.meta.filename,
      },
      'REDIS_TLS_ALLOW_ANY_CERTIFICATE',
    ],
  ])('refuses %j', (env, variable) => {
    expect(variablesOf(env)).toEqual([variable]);
  });

  test('refuses a URL beside its file, and shows no part of it', () => {
    const { problems } = read({ REDIS_URL: 'redis://:secret@h', REDIS_URL_FILE: '/dev/null' });
    expect(problems.map(({ variable }) => variable)).toContain('REDIS_URL');
    expect(JSON.stringify(problems)).not.toContain('secret');
  });

  test('refuses a password without TLS unless that is allowed, and shows no part of it', () => {
    const env = { REDIS_URL: 'redis://:hush@h' };
    const message = expect.stringMatching(/no TLS.*rediss:\/\/.*ALLOW_PLAINTEXT/);
    expect(read(env).problems).toEqual([{ variable: 'REDIS_URL', message }]);
    expect(JSON.stringify(read(env).problems)).not.toContain('hush');
    expect(variablesOf({ ...env, ALLOW_PLAINTEXT: 'true' })).toEqual([]);
    expect(variablesOf({ REDIS_URL: 'rediss://:hush@h' })).toEqual([]);
    expect(variablesOf({ REDIS_URL: 'redis://user@h' })).toEqual([]);
  });

  test('takes any certificate only over TLS', () => {
    expect(read({ REDIS_URL: 'rediss://h', REDIS_TLS_ALLOW_ANY_CERTIFICATE: 'true' }).config?.tls).toEqual({
      allowAnyCertificate: true,
    });
    expect(variablesOf({ REDIS_URL: 'redis://h', REDIS_TLS_ALLOW_ANY_CERTIFICATE: 'true' })).toEqual([
      'REDIS_TLS_ALLOW_ANY_CERTIFICATE',
    ]);
  });
});

describe('the URL', () => {
  test.each([
    ['redis://localhost', { host: 'localhost', port: 6379, isTls: false, database: 0 }],
    ['rediss://r.example.com:6380/1023', { host: 'r.example.com', port: 6380, isTls: true, database: 1023 }],
    ['redis://[::1]:7000/', { host: '::1', port: 7000, isTls: false, database: 0 }],
    ['redis://:p%40ss%2Fword@h:1', { host: 'h', port: 1, isTls: false, database: 0, password: 'p@ss/word' }],
    [
      'redis://user:secret@h:1',
      { host: 'h', port: 1, isTls: false, database: 0, username: 'user', password: 'secret' },
    ],
  ])('takes %s apart', (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address);
  });

  test.each([
    ['h:6379', 'is not redis://host:port'],
    ['redis://:secret/x@h', 'percent-encoded'],
    ['redis://:secret@', 'percent-encoded'],
    ['redis://:secret@h:1/db', 'has a path'],
    ['redis://:secret@h:1/1024', 'from /0 to /1023'],
    ['redis://:secret@h:1?db=1', 'contains "?" or "#"'],
    ['redis://:secret%zz@h:1', 'invalid percent-encoding'],
  ])('refuses %s, and shows no part of it', (url, text) => {
    const parsed = parseRedisUrl(url);
    expect(parsed).toContain(text);
    expect(parsed).not.toContain('secret');
  });

  test.each([
    ['rediss://user:secret@[::1]:7000/3', 'rediss://[::1]:7000/3'],
    ['redis://:secret@h/0', 'redis://h:6379'],
  ])('%s is shown to people without user and password', (url, shown) => {
    const parsed = parseRedisUrl(url);
    expect(typeof parsed === 'string' ? parsed : formatRedisAddress(parsed)).toBe(shown);
  });
});
