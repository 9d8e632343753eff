import { describe, expect, test } from 'vitest';
import { readKafkaConfig, toKafkaBrokers } from '../../src/config/kafka-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

describe('kafka config', () => {
  function read(env: Env) {
    const problems: ConfigProblem[] = [];
    return { config: readKafkaConfig(env, problems), problems };
  }

  test('without brokers there is no Kafka, but its other variables are checked', () => {
    expect(read({})).toEqual({ config: undefined, problems: [] });
    expect(read({ KAFKA_TLS: 'maybe' })).toEqual({
      config: undefined,
      problems: [{ variable: 'KAFKA_TLS', message: '"maybe" is not true or false.' }],
    });
  });

  test('brokers may be names, IPv4 and IPv6 addresses', () => {
    const { config, problems } = read({
      KAFKA_BROKERS: 'a.b:9092, 10.0.0.1:1,[::1]:65535',
    });
    expect(problems).toEqual([]);
    expect(config).toEqual({
      connection: { brokers: ['a.b:9092', '10.0.0.1:1', '[::1]:65535'] },
      compression: 'none',
    });
  });

  test.each([
    ['kafka', '"kafka" is not host:port.'],
    ['kafka+ssl://user:planted@a:1', expect.stringContaining('contains a user name or a password')],
    [',', 'names no broker: set it to the host:port of at least one broker.'],
  ])('refuses KAFKA_BROKERS=%s', (brokers, message) => {
    const { problems } = read({ KAFKA_BROKERS: brokers });
    expect(problems).toEqual([{ variable: 'KAFKA_BROKERS', message }]);
    expect(JSON.stringify(problems)).not.toContain('planted');
  });

  test('the scheme of a URL turns TLS on or says that there is none', () => {
    const brokers = ['a:1', '[::1]:2'];
    const secure = { KAFKA_BROKERS: 'kafka+ssl://a:1,kafka+ssl://[::1]:2' };
    const plain = { KAFKA_BROKERS: 'kafka://a:1,kafka://[::1]:2' };
    expect(read(secure)).toMatchObject({ config: { connection: { brokers, tls: {} } }, problems: [] });
    expect(read(plain)).toEqual({
      config: { connection: { brokers }, compression: 'none' },
      problems: [],
    });
  });

  test("Heroku's variables work as they are, unless KAFKA_BROKERS is set", () => {
    const pem = (name: string) => `-----BEGIN ${name}-----`;
    const heroku = {
      KAFKA_URL: 'kafka+ssl://a:9096,kafka+ssl://b:9096',
      KAFKA_TRUSTED_CERT: pem('CA'),
      KAFKA_CLIENT_CERT: pem('CERT'),
      KAFKA_CLIENT_CERT_KEY: pem('KEY'),
    };
    expect(read(heroku)).toMatchObject({
      config: {
        connection: {
          brokers: ['a:9096', 'b:9096'],
          tls: { ca: { text: pem('CA') }, cert: { text: pem('CERT') }, key: { text: pem('KEY') } },
        },
      },
      problems: [],
    });
    expect(read({ ...heroku, KAFKA_BROKERS: 'c:1' })).toEqual({
      config: { connection: { brokers: ['c:1'] }, compression: 'none' },
      problems: [],
    });
  });

  test.each(['none', 'gzip', 'zstd'])('records may be compressed with %s', (compression) => {
    const { config, problems } = read({ KAFKA_BROKERS: 'a:1', KAFKA_COMPRESSION: compression });
    expect([config?.compression, problems]).toEqual([compression, []]);
  });

  test('a compression that is not written is a problem', () => {
    const { problems } = read({ KAFKA_BROKERS: 'a:1', KAFKA_COMPRESSION: 'lz4' });
    expect(problems.map(({ message }) => message)).toEqual(['"lz4" is not one of none, gzip, zstd.']);
  });

  test("a fault in one of Heroku's variables names the one that is set", () => {
    const heroku = {
      KAFKA_URL: 'kafka+ssl://a',
      KAFKA_TRUSTED_CERT: 'no PEM',
      KAFKA_CLIENT_CERT_KEY: '-----BEGIN PRIVATE KEY-----',
    };
    const variablesOf = (env: Env) => read(env).problems.map(({ variable }) => variable);
    expect(variablesOf(heroku)).toEqual(['KAFKA_URL', 'KAFKA_TRUSTED_CERT']);
    expect(variablesOf({ ...heroku, KAFKA_TLS: '1' })).toEqual([
      'KAFKA_TLS',
      'KAFKA_URL',
      'KAFKA_TRUSTED_CERT',
    ]);
  });
});

describe('kafka brokers config', () => {
  function read(items: readonly string[], KAFKA_TLS?: 'true' | 'false' | 'FALSE') {
    const problems: ConfigProblem[] = [];
    const tls = KAFKA_TLS === undefined ? undefined : KAFKA_TLS.toLowerCase() === 'true';
    const found = toKafkaBrokers({ variable: 'KAFKA_BROKERS', items, tls }, problems);
    return { ...found, messages: problems.map(({ message }) => message) };
  }

  test.each([
    [['a:1'], undefined, false],
    [['a:1'], 'true', true],
    [['kafka://a:1'], undefined, false],
    [['kafka://a:1'], 'false', false],
    [['kafka+ssl://a:1'], undefined, true],
    [['KAFKA+SSL://a:1'], undefined, true],
  ] as const)('%j with KAFKA_TLS=%s: TLS is %s', (brokers, tls, isTls) => {
    expect(read(brokers, tls)).toEqual({ brokers: ['a:1'], isTls, messages: [] });
  });

  test.each([
    [['kafka+ssl://a:1'], 'false', 'remove KAFKA_TLS'],
    [['kafka://a:1'], 'true', 'which means no TLS'],
    [['kafka://a:1', 'b:1'], undefined, 'mixes'],
    [['Kafka://a:1', 'kafka+SSL://b:1'], undefined, 'mixes'],
  ] as const)('%j with KAFKA_TLS=%s contradicts itself', (brokers, tls, sentence) => {
    expect(read(brokers, tls).messages).toEqual([expect.stringContaining(sentence)]);
  });

  test.each(['a:1', 'a_b.c-d:9092', 'a:65535', '10.0.0.1:00443', '[fe80::1]:9092', '[::ffff:10.0.0.1]:1'])(
    '%s is a broker',
    (broker) => {
      expect(read([broker])).toEqual({ brokers: [broker], isTls: false, messages: [] });
    },
  );

  test.each(['', 'a', 'a:x', 'a:1/path', '::1:9092', '[::1]', 'kafka://', 'https://a:1', 'kafka+ssl:/a:1'])(
    '%j is no broker',
    (broker) => {
      expect(read([broker]).messages).toEqual([`"${broker}" is not host:port.`]);
    },
  );

  test.each(['a:0', 'a:65536', '[::1]:99999', 'kafka://a:70000'])(
    '%j has a port that no host has',
    (broker) => {
      expect(read([broker]).messages).toEqual([`"${broker}" has a port outside the range 1 to 65535.`]);
    },
  );

  test('every faulty broker is a problem of its own', () => {
    expect(read(['a', 'b:1', 'c']).messages).toEqual(['"a" is not host:port.', '"c" is not host:port.']);
  });

  test('a password is never shown, neither in a URL nor without a scheme', () => {
    const { messages } = read(['kafka+ssl://me:planted@a:1', 'kafka+ssl://me:planted@b']);
    const sentence = expect.stringContaining('contains a user name or a password');
    expect(messages).toEqual([sentence, sentence]);
    expect(messages.join()).not.toContain('planted');
  });
});
