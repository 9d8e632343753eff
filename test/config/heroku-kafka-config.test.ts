import { expect, test } from 'vitest';
import { readHerokuKafka } from '../../src/config/heroku-kafka-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

const heroku = {
  KAFKA_URL: 'kafka+ssl://a:9096',
  KAFKA_TRUSTED_CERT: 'their CA',
  KAFKA_CLIENT_CERT: 'their certificate',
  KAFKA_CLIENT_CERT_KEY: 'their key',
};

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  return { ...readHerokuKafka(env, problems), problems };
}

test("Heroku's variables get the names of this program, beside all others", () => {
  const env = { ...heroku, HTTP_PORT: '8080' };
  expect(read(env)).toEqual({
    env: {
      ...env,
      KAFKA_BROKERS: heroku.KAFKA_URL,
      KAFKA_TLS_CA: 'their CA',
      KAFKA_TLS_CERT: 'their certificate',
      KAFKA_TLS_KEY: 'their key',
    },
    names: new Map([
      ['KAFKA_BROKERS', 'KAFKA_URL'],
      ['KAFKA_TLS_CA', 'KAFKA_TRUSTED_CERT'],
      ['KAFKA_TLS_CERT', 'KAFKA_CLIENT_CERT'],
      ['KAFKA_TLS_KEY', 'KAFKA_CLIENT_CERT_KEY'],
    ]),
    problems: [],
  });
  expect(env).toEqual({ ...heroku, HTTP_PORT: '8080' });
});

test.each([
  ['without KAFKA_URL', { ...heroku, KAFKA_URL: undefined }],
  ['with an empty KAFKA_URL', { ...heroku, KAFKA_URL: '' }],
  ['with KAFKA_BROKERS', { ...heroku, KAFKA_BROKERS: 'own:1', KAFKA_PREFIX: 'river-1.' }],
])('%s they mean nothing', (_what, env) => {
  expect(read(env)).toEqual({ env, names: new Map(), problems: [] });
});

test('an empty KAFKA_BROKERS is none', () => {
  expect(read({ ...heroku, KAFKA_BROKERS: '' }).env.KAFKA_BROKERS).toBe(heroku.KAFKA_URL);
});

test.each([
  ['KAFKA_TLS_CA', 'KAFKA_TLS_CA'],
  ['KAFKA_TLS_CA_FILE', 'KAFKA_TLS_CA'],
  ['KAFKA_TLS_KEY_FILE', 'KAFKA_TLS_KEY'],
])("our own %s comes before Heroku's", (name, own) => {
  const { env } = read({ ...heroku, [name]: 'own' });
  expect(env[name]).toBe('own');
  expect(env[own]).toBe(name === own ? 'own' : undefined);
  expect(env.KAFKA_TLS_CERT).toBe('their certificate');
});

test('each topic without the prefix of a shared cluster is a problem, named with the prefix', () => {
  const topics = {
    KAFKA_TOPIC: 'river-1.events',
    KAFKA_DEAD_LETTER_TOPIC: 'my-river-1.events',
    KAFKA_LATEST_TOPIC: '',
  };
  expect(read({ ...heroku, ...topics, KAFKA_PREFIX: 'river-1.' }).problems).toEqual(
    ['KAFKA_DEAD_LETTER_TOPIC', 'KAFKA_LATEST_TOPIC'].map((variable) => ({
      variable,
      message: expect.stringContaining('KAFKA_PREFIX (river-1.)'),
    })),
  );
  expect(read({ ...heroku, ...topics, KAFKA_PREFIX: '' }).problems).toEqual([]);
});

test('so are rules with a topic without the prefix', () => {
  const own = {
    KAFKA_TOPIC: 'r.e',
    KAFKA_DEAD_LETTER_TOPIC: 'r.d',
    KAFKA_LATEST_TOPIC: 'r.l',
    KAFKA_PREFIX: 'r.',
  };
  const problemsWith = (rules: string) => read({ ...heroku, ...own, KAFKA_TOPIC_RULES: rules }).problems;
  expect(problemsWith('a=r.a;b=r.b,r.states')).toEqual([]);
  for (const rules of ['a=r.a;b=b', 'a=r.a,states']) {
    expect(problemsWith(rules)).toEqual([
      { variable: 'KAFKA_TOPIC_RULES', message: expect.stringContaining('KAFKA_PREFIX (r.)') },
    ]);
  }
});
