import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readKafkaSasl } from '../../src/config/kafka-sasl-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  const sasl = readKafkaSasl({ KAFKA_SASL_MECHANISM: 'oauthbearer', ...env }, { isTls: true }, problems);
  return { sasl, variables: problems.map(({ variable }) => variable), problems };
}

const file = join(import.meta.dirname, '../fixtures/credential');
const byFile = { KAFKA_OAUTH_TOKEN_FILE: file };
const byClient = {
  KAFKA_OAUTH_TOKEN_ENDPOINT: 'https://id.example/token?tenant=1',
  KAFKA_SASL_USERNAME: 'client',
  KAFKA_SASL_PASSWORD: 'the secret of a client',
};

test.each<[Env, unknown]>([
  [byFile, { provider: 'token-file', tokenFile: file, extensions: {} }],
  [
    { ...byFile, KAFKA_OAUTH_EXTENSIONS: 'logicalCluster=lkc-1, identityPoolId=pool-1' },
    {
      provider: 'token-file',
      tokenFile: file,
      extensions: { logicalCluster: 'lkc-1', identityPoolId: 'pool-1' },
    },
  ],
  [
    {
      ...byClient,
      KAFKA_OAUTH_SCOPE: 'kafka',
    },
    {
      provider: 'client-credentials',
      tokenEndpoint: 'https://id.example/token?tenant=1',
      clientId: 'client',
      clientSecret: 'the secret of a client',
      scope: 'kafka',
      extensions: {},
    },
  ],
  [{ AWS_REGION: 'eu-west-1' }, { provider: 'aws-msk-iam', region: 'eu-west-1' }],
])('%j', (env, oauth) => {
  expect(read(env)).toEqual({ sasl: { mechanism: 'oauthbearer', oauth }, variables: [], problems: [] });
});

test.each<[Env, readonly string[]]>([
  [{}, ['KAFKA_OAUTH_TOKEN_ENDPOINT']],
  [{ ...byFile, KAFKA_OAUTH_TOKEN_FILE: '/nowhere' }, ['KAFKA_OAUTH_TOKEN_FILE']],
  [{ ...byFile, KAFKA_OAUTH_TOKEN_ENDPOINT: 'https://id.example' }, ['KAFKA_OAUTH_TOKEN_ENDPOINT']],
  [{ ...byFile, KAFKA_OAUTH_SCOPE: 'kafka' }, ['KAFKA_OAUTH_SCOPE']],
  [{ ...byFile, KAFKA_OAUTH_EXTENSIONS: 'auth=x' }, ['KAFKA_OAUTH_EXTENSIONS']],
  [{ ...byFile, KAFKA_OAUTH_EXTENSIONS: 'a-b=x' }, ['KAFKA_OAUTH_EXTENSIONS']],
  [{ ...byFile, KAFKA_SASL_USERNAME: 'user' }, ['KAFKA_SASL_USERNAME']],
  [{ AWS_REGION: 'eu-west-1', KAFKA_SASL_PASSWORD: 'p' }, ['KAFKA_SASL_USERNAME']],
  [{ KAFKA_OAUTH_TOKEN_ENDPOINT: 'https://id.example' }, ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD']],
  [{ ...byClient, KAFKA_SASL_PASSWORD_FILE: file }, ['KAFKA_SASL_PASSWORD']],
  [{ ...byClient, KAFKA_OAUTH_TOKEN_ENDPOINT: 'id.example' }, ['KAFKA_OAUTH_TOKEN_ENDPOINT']],
  [{ ...byClient, KAFKA_OAUTH_TOKEN_ENDPOINT: 'https://a:b@id.example/' }, ['KAFKA_OAUTH_TOKEN_ENDPOINT']],
  [{ ...byClient, KAFKA_OAUTH_TOKEN_ENDPOINT: 'http://id.example/' }, ['KAFKA_OAUTH_TOKEN_ENDPOINT']],
  [{ ...byFile, KAFKA_SASL_MECHANISM: '' }, ['KAFKA_SASL_MECHANISM']],
  [
    {
      ...byFile,
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'user',
      KAFKA_SASL_PASSWORD: 'password',
    },
    ['KAFKA_SASL_MECHANISM'],
  ],
])('%j is a problem', (env, variables) => {
  const { problems, ...found } = read(env);
  expect(found.variables).toEqual(variables);
  expect(JSON.stringify(problems)).not.toContain('the secret of a client');
});

test('an endpoint without TLS has to be allowed', () => {
  const env = {
    ...byClient,
    KAFKA_OAUTH_TOKEN_ENDPOINT: 'http://id.example/',
    ALLOW_PLAINTEXT: 'true',
  };
  expect(read(env).variables).toEqual([]);
});

test('AWS_REGION means nothing to other providers: platforms set it', () => {
  expect(read({ ...byFile, AWS_REGION: 'eu-west-1' }).variables).toEqual([]);
});
