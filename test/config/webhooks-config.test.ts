import { expect, test } from 'vitest';
import { readWebhooksConfig } from '../../src/config/webhooks-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const secret = 'a secret of enough characters';
const topics = { events: 't', deadLetter: 'd', latest: 'l' };

function read(env: Env, generatedSecretDir?: string) {
  const problems: ConfigProblem[] = [];
  const given = { topics, ...(generatedSecretDir !== undefined && { generatedSecretDir }) };
  return {
    webhooks: readWebhooksConfig(env, given, problems),
    variables: problems.map(({ variable }) => variable),
  };
}

test('one registration has its secret and the previous one', () => {
  const env = { WEBHOOK_PATH: '/in', WEBHOOK_SECRET: secret, WEBHOOK_SECRET_PREVIOUS: `old ${secret}` };
  const secrets = [
    { label: 'current', value: secret },
    { label: 'previous', value: `old ${secret}` },
  ];
  expect(read(env)).toEqual({
    webhooks: [
      {
        name: 'default',
        path: '/in',
        secrets: { kind: 'values', secrets },
        topic: 't',
        deadLetterTopic: 'd',
        latestTopic: 'l',
      },
    ],
    variables: [],
  });
});

test('a secret is generated only where that is allowed and none is set', () => {
  const generated = { kind: 'generated', file: '/srv/secret' };
  expect(read({}, '/srv').webhooks).toMatchObject([{ secrets: generated }]);
  expect(read({ WEBHOOK_SECRET: secret }, '/srv').webhooks).toMatchObject([{ secrets: { kind: 'values' } }]);
  expect(read({})).toEqual({ webhooks: [], variables: ['WEBHOOK_SECRETS_DIR'] });
});

test('a directory without a secret, and two sources of secrets, are problems', () => {
  const directory = temporaryDirectory();
  expect(read({ WEBHOOK_SECRETS_DIR: directory }).variables).toEqual(['WEBHOOK_SECRETS_DIR']);
  expect(read({ WEBHOOK_SECRETS_DIR: directory, WEBHOOK_SECRET: secret }).variables).toEqual([
    'WEBHOOK_SECRETS_DIR',
    'WEBHOOK_SECRETS_DIR',
  ]);
  expect(read({ WEBHOOKS_FILE: '/nowhere', WEBHOOK_SECRET: secret }).variables).toEqual([
    'WEBHOOKS_FILE',
    'WEBHOOKS_FILE',
  ]);
});
