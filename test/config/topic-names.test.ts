import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCommandConfig, loadTopicsConfig } from '../../src/config/command-config.ts';
import { loadFilterConfig } from '../../src/config/filter-config.ts';
import { loadReceiverConfig } from '../../src/config/receiver-config.ts';
import { listTopics, readTopicNames } from '../../src/config/topic-names.ts';
import { ConfigError, type ConfigProblem, type Env } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

describe('topic names', () => {
  test('has the documented defaults, and the names that are set', () => {
    expect(readTopicNames({}, [])).toEqual({
      events: 'comapi.events',
      deadLetter: 'comapi.events.dead-letter',
      latest: 'comapi.events.latest',
    });
  });

  test('latest states are beside the events', () => {
    expect(readTopicNames({ KAFKA_TOPIC: 'mine' }, []).latest).toBe('mine.latest');
  });

  test.each([
    [{ KAFKA_TOPIC: 'mine' }, 'mine.dead-letter'],
    [{ KAFKA_TOPIC: 'mine', KAFKA_DEAD_LETTER_TOPIC: 'dead' }, 'dead'],
    [{ RABBITMQ_URL: 'amqp://a', RABBITMQ_EXCHANGE: 'mine' }, 'mine.dead-letter'],
    [{ RABBITMQ_URL: 'amqp://a', RABBITMQ_QUEUE: 'mine', RABBITMQ_QUEUE_COUNT: '3' }, 'mine.dead-letter'],
    [{ REDIS_URL: 'redis://h', REDIS_STREAM: 'mine' }, 'mine.dead-letter'],
  ])('with %j dead letters go to %s', (env, expected) => {
    expect(readTopicNames(env, []).deadLetter).toBe(expected);
  });

  function readProblems(env: Env) {
    const problems: ConfigProblem[] = [];
    const topics = readTopicNames(env, problems);
    return { topics, problems };
  }

  test.each(['no spaces', 'a/b', '.', '..', 'a'.repeat(250)])('refuses the name %s', (name) => {
    const { problems } = readProblems({ KAFKA_DEAD_LETTER_TOPIC: name });
    expect(problems.map(({ variable }) => variable)).toEqual(['KAFKA_DEAD_LETTER_TOPIC']);
  });

  test.each<[Env, string, string]>([
    [
      { KAFKA_BROKERS: 'a:1', KAFKA_DEAD_LETTER_TOPIC: 'comapi.events' },
      'KAFKA_DEAD_LETTER_TOPIC',
      'comapi.events would contain both events and dead letters',
    ],
    [
      { KAFKA_DEAD_LETTER_TOPIC: 'comapi.events.latest' },
      'KAFKA_DEAD_LETTER_TOPIC',
      'comapi.events.latest, the latest-state topic for comapi.events, is also used for dead letters',
    ],
    [
      { TOPIC_RULES: 'chat.*=dead', KAFKA_DEAD_LETTER_TOPIC: 'dead' },
      'TOPIC_RULES',
      'dead would contain both events and dead letters',
    ],
    [
      { RABBITMQ_URL: 'amqp://a', RABBITMQ_EXCHANGE: 'q', TOPIC_RULES: 'a=q.dead-letter' },
      'TOPIC_RULES',
      'q.dead-letter would contain both events and dead letters',
    ],
    [
      { REDIS_URL: 'redis://h', TOPIC_RULES: 'a=comapi.events.latest' },
      'TOPIC_RULES',
      'is also used for events',
    ],
  ])('%j: topics that coincide are a problem of %s', (env, variable, message) => {
    expect(readProblems(env).problems).toEqual([{ variable, message: expect.stringContaining(message) }]);
  });

  describe('rules', () => {
    test('add an events topic and one of latest states each, with the dead letters of all', () => {
      const { topics, problems } = readProblems({
        TOPIC_RULES: 'message.inbound=comapi.events;message.*=messages;chat.*=chats;presence.*=messages',
      });
      expect(problems).toEqual([]);
      const deadLetter = 'comapi.events.dead-letter';
      expect(listTopics(topics)).toEqual([
        { events: 'comapi.events', latest: 'comapi.events.latest', deadLetter },
        { events: 'messages', latest: 'messages.latest', deadLetter },
        { events: 'chats', latest: 'chats.latest', deadLetter },
      ]);
    });

    test('may name the topic of a filter that shares the environment of the receiver', () => {
      const env = { TOPIC_RULES: 'chat.*=chats', KAFKA_TOPIC: 'chats' };
      expect(readProblems(env)).toMatchObject({ topics: { latest: 'chats.latest' }, problems: [] });
    });

    test.each([
      [{ TOPIC_RULES: 'nonsense' }, 'rule 1 has neither the form name=topic'],
      [{ TOPIC_RULES: 'chat.*=a/b' }, '"a/b" is not a topic name'],
      [{ TOPIC_RULES: `chat.*=${'a'.repeat(243)}` }, 'the value with the suffix ".latest" exceeds'],
      [{ TOPIC_RULES: 'a=comapi.events.latest' }, 'is also used for events'],
      [{ TOPIC_RULES: 'a=b;c=b.latest' }, 'b.latest, the latest-state topic for b, is also used for events'],
    ])('%j: %s', (env, message) => {
      expect(readProblems(env).problems).toEqual([
        { variable: 'TOPIC_RULES', message: expect.stringContaining(message) },
      ]);
    });

    test('a topic needs room for what is put behind its name', () => {
      const ofLength = (length: number, more: Env = {}) =>
        readProblems({ KAFKA_TOPIC: 'a'.repeat(length), ...more }).problems;
      expect(ofLength(237)).toEqual([]);
      expect(ofLength(238)).toEqual([
        {
          variable: 'KAFKA_TOPIC',
          message: expect.stringContaining('with the suffix ".dead-letter" exceeds'),
        },
      ]);
      const own = { KAFKA_DEAD_LETTER_TOPIC: 'd' };
      expect(ofLength(242, own)).toEqual([]);
      expect(ofLength(243, own)).toEqual([
        { variable: 'KAFKA_TOPIC', message: expect.stringContaining('with the suffix ".latest" exceeds') },
      ]);
    });
  });

  test("on Redis the names are those of Redis's own variables", () => {
    const env = {
      REDIS_URL: 'redis://h',
      REDIS_STREAM: 'own',
      TOPIC_RULES: 'chat.*=chats',
      KAFKA_DEAD_LETTER_TOPIC: 'not here',
    };
    const { topics, problems } = readProblems(env);
    expect(problems).toEqual([]);
    const deadLetter = 'own.dead-letter';
    expect(listTopics(topics)).toEqual([
      { events: 'own', latest: 'own.latest', deadLetter },
      { events: 'chats', latest: 'chats.latest', deadLetter },
    ]);
    expect(readProblems({ ...env, REDIS_STREAM: 'a'.repeat(237) }).problems).toEqual([]);
    expect(readProblems({ ...env, TOPIC_RULES: 'chat.*=a b' }).problems).toMatchObject([
      { variable: 'TOPIC_RULES' },
    ]);
  });
});

describe('topic conflicts', () => {
  const secret = 'a secret of enough characters';

  type Load = (env: Env) => unknown;

  function problemsOf(load: Load, env: Env): string[] {
    try {
      load({ WEBHOOK_SECRET: secret, ...env });
    } catch (error) {
      if (error instanceof ConfigError) {
        return error.problems.map(({ variable, message }) => `${variable}: ${message}`);
      }
      throw error;
    }
    return [];
  }

  function withFile(...registrations: readonly object[]): Env {
    const file = join(temporaryDirectory(), 'webhooks.json');
    const entries = registrations.map((each, index) => ({
      name: `w${index}`,
      path: `/${index}`,
      secret,
      ...each,
    }));
    writeFileSync(file, JSON.stringify(entries));
    return { WEBHOOK_SECRET: '', WEBHOOKS_FILE: file };
  }

  const kafka = { KAFKA_BROKERS: 'a:1' };
  const redis = { REDIS_URL: 'redis://h' };
  const rabbitMq = { RABBITMQ_URL: 'amqp://h' };

  const ofStore: [string, Load][] = [
    ['receive and check', loadReceiverConfig],
    ['replay', loadCommandConfig],
    ['topics', loadTopicsConfig],
  ];
  const ofAll: [string, Load][] = [...ofStore, ['filter', loadFilterConfig]];

  describe.each(ofAll)('%s', (_name, load) => {
    test.each<[Env, RegExp]>([
      [{ ...kafka, KAFKA_DEAD_LETTER_TOPIC: 'comapi.events.latest' }, /^KAFKA_DEAD_LETTER_TOPIC: /],
      [{ ...kafka, TOPIC_RULES: 'a=comapi.events.dead-letter' }, /^TOPIC_RULES: /],
      [{ ...redis, TOPIC_RULES: 'a=comapi.events.dead-letter' }, /^TOPIC_RULES: /],
    ])('refuses %j', (env, message) => {
      expect(problemsOf(load, env)).toEqual([expect.stringMatching(message)]);
    });
  });

  describe.each(ofStore)('%s', (_name, load) => {
    test.each<[string, readonly object[], RegExp]>([
      [
        'events of one among dead letters of another',
        [{ topic: 'a' }, { deadLetterTopic: 'a' }],
        /a would contain/,
      ],
      [
        'latest states among events',
        [{ topic: 'a' }, { topic: 'a.latest' }],
        /a\.latest, the latest-state topic for a, is/,
      ],
    ])('refuses registrations: %s', (_what, registrations, message) => {
      for (const store of [kafka, redis]) {
        const problems = problemsOf(load, { ...store, ...withFile(...registrations) });
        expect(problems).toEqual([expect.stringMatching(/^WEBHOOKS_FILE: /)]);
        expect(problems[0]).toMatch(message);
      }
    });

    test('refuses dead letters in one of several streams or queues of events', () => {
      for (const [store, count] of [
        [redis, 'REDIS_STREAM_COUNT'],
        [rabbitMq, 'RABBITMQ_QUEUE_COUNT'],
      ] as const) {
        const env = { ...store, ...withFile({ topic: 'e', deadLetterTopic: 'e.2' }) };
        expect(problemsOf(load, { ...env, [count]: '3' })).toEqual([
          expect.stringContaining(`${count}: is 3, so e.2 would contain both events and dead letters`),
        ]);
        expect(problemsOf(load, { ...env, [count]: '2' })).toEqual([]);
      }
      for (const store of [kafka, redis, rabbitMq]) {
        const env = { ...store, ...withFile({ topic: 'e', deadLetterTopic: 'e.0' }) };
        expect(problemsOf(load, env)).toEqual([]);
      }
    });
  });
});
