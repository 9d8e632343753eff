import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TopicNamesWithRules } from '../../src/config/topic-names.ts';
import { readWebhooksConfig, readWebhooksFile, readWebhookTopics } from '../../src/config/webhooks-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';
import { parseTopicRules, type TopicRules } from '../../src/webhook/topic-rules.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

describe('webhooks config', () => {
  const secret = 'a secret of enough characters';
  const topics = { events: 't', deadLetter: 'd', latest: 't.latest' };

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
          topics,
        },
      ],
      variables: [],
    });
  });

  test('a secret is generated only where that is allowed and none is set', () => {
    const generated = { kind: 'generated', file: '/srv/secret' };
    expect(read({}, '/srv').webhooks).toMatchObject([{ secrets: generated }]);
    expect(read({ WEBHOOK_SECRET: secret }, '/srv').webhooks).toMatchObject([
      { secrets: { kind: 'values' } },
    ]);
    expect(read({})).toEqual({ webhooks: [], variables: ['WEBHOOK_SECRETS_DIR'] });
  });

  test('a directory without a secret, and two sources of secrets, are problems', () => {
    const directory = temporaryDirectory();
    expect(read({ WEBHOOK_SECRETS_DIR: directory }).variables).toEqual(['WEBHOOK_SECRETS_DIR']);
    expect(read({ WEBHOOK_SECRETS_DIR: directory, WEBHOOK_SECRET: secret }).variables).toEqual([
      'WEBHOOK_SECRETS_DIR',
      'WEBHOOK_SECRETS_DIR',
    ]);
  });

  test.each(['WEBHOOK_SECRET', 'WEBHOOK_SECRET_PREVIOUS', 'WEBHOOK_SECRETS_DIR', 'WEBHOOK_PATH'])(
    '%s beside a file of registrations, which would ignore it, is a problem',
    (name) => {
      const problems: ConfigProblem[] = [];
      readWebhooksConfig({ WEBHOOKS_FILE: '/nowhere', [name]: '/a' }, { topics }, problems);
      expect(problems).toMatchObject([
        {
          variable: 'WEBHOOKS_FILE',
          message: `is set together with ${name}: use either WEBHOOKS_FILE or the variables of a single registration.`,
        },
        { variable: 'WEBHOOKS_FILE', message: expect.stringContaining('ENOENT') },
      ]);
    },
  );
});

describe('webhooks file', () => {
  const secret = 'a secret of enough characters';
  const environment = {
    events: 'comapi.events',
    deadLetter: 'comapi.events.dead-letter',
    latest: 'comapi.events.latest',
  };

  function read(content: string) {
    const problems: ConfigProblem[] = [];
    const file = join(temporaryDirectory(), 'webhooks.json');
    writeFileSync(file, content);
    return { file, webhooks: readWebhooksFile(file, { topics: environment }, problems), problems };
  }

  describe('several registrations', () => {
    test('have their own path, secret and topics', () => {
      const { webhooks, problems } = read(
        JSON.stringify([
          { name: 'sms', path: '/sms', secret },
          { name: 'chat', path: '/in/chat', secret, topic: 'chat', deadLetterTopic: 'chat.dead' },
        ]),
      );
      expect(problems).toEqual([]);
      expect(webhooks).toMatchObject([
        { name: 'sms', path: '/sms', topics: environment },
        { name: 'chat', path: '/in/chat', topics: { events: 'chat', deadLetter: 'chat.dead' } },
      ]);
    });

    test.each([
      ['[\n{secret', 'is not JSON (line 2 column 2).'],
      ['[]', 'contains no registration.'],
      ['[{"name":"a","path":"/a","secret":"short"}]', 'has 5 characters: use at least 16'],
      ['[{"name":"a","path":"/a"}]', 'the registration "a" needs either "secretsDir" or "secret".'],
      [
        '[{"name":"a","path":"/a","secrt":"planted"}]',
        'entry 1, "secrt" is unknown: did you mean "secret"? If not, remove it.',
      ],
      [
        `[{"name":"a b","path":"/a","secret":"${secret}"}]`,
        'entry 1, "name" must have 1 to 63 characters: letters',
      ],
      [`[{"name":"a","path":"a","secret":"${secret}"}]`, 'entry 1, "path" is not a path like /webhook'],
      [
        `[{"name":"a","path":"/x","secret":"${secret}"},{"name":"b","path":"/x","secret":"${secret}"}]`,
        'has two registrations with the path "/x".',
      ],
      [
        `[{"name":"a","path":"/x","secret":"${secret}"},{"name":"a","path":"/y","secret":"${secret}"}]`,
        'has two registrations with the name "a".',
      ],
    ])('%s: %s', (content, message) => {
      expect(read(content).problems).toEqual([
        { variable: 'WEBHOOKS_FILE', message: expect.stringContaining(message) },
      ]);
    });
  });

  describe('topics', () => {
    const names = { events: 'e', deadLetter: 'd', latest: 'e.latest' };

    function readTopics(entries: readonly object[], defaults: TopicNamesWithRules = names) {
      const { file } = read(
        JSON.stringify(entries.map((entry, index) => ({ name: `${index}`, path: '/p', ...entry }))),
      );
      const problems: ConfigProblem[] = [];
      const topics = readWebhookTopics(file, defaults, problems);
      return { topics, messages: problems.map(({ message }) => message) };
    }

    test('of their own are read without secrets, and each has its dead letters and its latest states', () => {
      const { topics, messages } = readTopics([
        {},
        { topic: 'b' },
        { deadLetterTopic: 'c' },
        { topic: 'f', deadLetterTopic: 'd' },
      ]);
      expect(messages).toEqual([]);
      expect(topics).toEqual([
        { webhook: '0', events: 'e', deadLetter: 'd', latest: 'e.latest' },
        { webhook: '1', events: 'b', deadLetter: 'b.dead-letter', latest: 'b.latest' },
        { webhook: '2', events: 'e', deadLetter: 'c', latest: 'e.latest' },
        { webhook: '3', events: 'f', deadLetter: 'd', latest: 'f.latest' },
      ]);
    });

    test('rules of a registration replace those of the environment, and an empty text is none', () => {
      const defaults = { ...names, rules: parseTopicRules('message.*=messages') as TopicRules };
      const { topics, messages } = readTopics(
        [{}, { topicRules: 'chat.*=chats' }, { topicRules: '' }],
        defaults,
      );
      expect(messages).toEqual([]);
      expect(topics.map(({ rules }) => rules && [...rules.topics.keys()])).toEqual([
        ['messages'],
        ['chats'],
        undefined,
      ]);
    });

    test.each([
      [[{ topicRules: 'x' }], 'the registration "0": rule 1 has neither the form name=topic'],
      [[{ topicRules: 'chat.*=a/b' }], 'the registration "0": "a/b" is not a topic name'],
      [[{ topic: 'a/b' }], 'the registration "0": "a/b" is not a topic name'],
      [[{ deadLetterTopic: '..' }], 'the registration "0": ".." is not a topic name'],
      [
        [{ topic: 'a'.repeat(238) }],
        'the registration "0": the value with the suffix ".dead-letter" exceeds',
      ],
      [
        [{ topic: 'a' }, { topic: 'a.latest' }],
        'a.latest, the latest-state topic for a, is also used for events',
      ],
      [
        [{ topic: 'a' }, { deadLetterTopic: 'a.latest' }],
        'a.latest, the latest-state topic for a, is also used for dead letters',
      ],
    ])('%j: %s', (entries, message) => {
      expect(readTopics(entries).messages).toEqual([expect.stringContaining(message)]);
    });
  });
});
