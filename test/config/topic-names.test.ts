import { describe, expect, test } from 'vitest';
import { listTopics, readTopicNames } from '../../src/config/topic-names.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

test('has the documented defaults, and the names that are set', () => {
  expect(readTopicNames({}, [])).toEqual({
    events: 'comapi.events',
    deadLetter: 'comapi.events.dead-letter',
    latest: 'comapi.events.latest',
  });
  expect(readTopicNames({ KAFKA_LATEST_TOPIC: 'state' }, []).latest).toBe('state');
});

test('latest states are beside the events, unless they have a topic of their own', () => {
  expect(readTopicNames({ KAFKA_TOPIC: 'mine' }, []).latest).toBe('mine.latest');
  expect(readTopicNames({ KAFKA_TOPIC: 'mine', KAFKA_LATEST_TOPIC: 'state' }, []).latest).toBe('state');
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
    { KAFKA_LATEST_TOPIC: 'comapi.events' },
    'KAFKA_LATEST_TOPIC',
    'comapi.events, the topic of latest states of comapi.events, is one of events too',
  ],
  [
    { KAFKA_BROKERS: 'a:1', KAFKA_LATEST_TOPIC: 'comapi.events.dead-letter' },
    'KAFKA_LATEST_TOPIC',
    'is one of dead letters too',
  ],
  [
    { KAFKA_BROKERS: 'a:1', KAFKA_DEAD_LETTER_TOPIC: 'comapi.events' },
    'KAFKA_DEAD_LETTER_TOPIC',
    'comapi.events would hold events and dead letters',
  ],
  [{ KAFKA_DEAD_LETTER_TOPIC: 'comapi.events.latest' }, 'KAFKA_LATEST_TOPIC', 'is one of dead letters too'],
  [
    { KAFKA_TOPIC_RULES: 'chat.*=comapi.events.dead-letter' },
    'KAFKA_TOPIC_RULES',
    'comapi.events.dead-letter would hold events and dead letters',
  ],
  [
    { RABBITMQ_URL: 'amqp://a', RABBITMQ_QUEUE: 'q', RABBITMQ_DEAD_LETTER_QUEUE: 'q' },
    'RABBITMQ_DEAD_LETTER_QUEUE',
    'q would hold events and dead letters',
  ],
  [
    { RABBITMQ_URL: 'amqp://a', RABBITMQ_EXCHANGE: 'q', RABBITMQ_DEAD_LETTER_QUEUE: 'q' },
    'RABBITMQ_DEAD_LETTER_QUEUE',
    'q would hold events and dead letters',
  ],
  [
    { REDIS_URL: 'redis://h', REDIS_DEAD_LETTER_STREAM: 'comapi.events' },
    'REDIS_DEAD_LETTER_STREAM',
    'comapi.events would hold events and dead letters',
  ],
  [
    { REDIS_URL: 'redis://h', REDIS_LATEST_PREFIX: 'comapi.events' },
    'REDIS_LATEST_PREFIX',
    'is one of events too',
  ],
  [
    { REDIS_URL: 'redis://h', REDIS_STREAM_RULES: 'a=b,comapi.events' },
    'REDIS_STREAM_RULES',
    'is one of events too',
  ],
])('%j: topics that coincide are a problem of %s', (env, variable, message) => {
  expect(readProblems(env).problems).toEqual([{ variable, message: expect.stringContaining(message) }]);
});

describe('rules', () => {
  test('add an events topic and one of latest states each, with the dead letters of all', () => {
    const { topics, problems } = readProblems({
      KAFKA_TOPIC_RULES:
        'message.inbound=comapi.events;message.*=messages;chat.*=chats,chat-states;presence.*=messages',
    });
    expect(problems).toEqual([]);
    const deadLetter = 'comapi.events.dead-letter';
    expect(listTopics(topics)).toEqual([
      { events: 'comapi.events', latest: 'comapi.events.latest', deadLetter },
      { events: 'messages', latest: 'messages.latest', deadLetter },
      { events: 'chats', latest: 'chat-states', deadLetter },
    ]);
  });

  test('name the latest states of KAFKA_TOPIC too, so that a filter can share the environment of the receiver', () => {
    const env = { KAFKA_TOPIC_RULES: 'chat.*=chats,chat-states', KAFKA_TOPIC: 'chats' };
    expect(readProblems(env)).toMatchObject({ topics: { latest: 'chat-states' }, problems: [] });
  });

  test.each([
    [{ KAFKA_TOPIC_RULES: 'nonsense' }, 'rule 1 is not name=topic'],
    [{ KAFKA_TOPIC_RULES: 'chat.*=a/b' }, '"a/b" is not a topic name'],
    [{ KAFKA_TOPIC_RULES: 'chat.*=a,b c' }, 'rule 1 is not name=topic'],
    [{ KAFKA_TOPIC_RULES: `chat.*=${'a'.repeat(243)}` }, 'the value is not a topic name'],
    [
      { KAFKA_TOPIC_RULES: 'a=comapi.events,states', KAFKA_LATEST_TOPIC: 'other' },
      'comapi.events has two topics of latest',
    ],
    [
      { KAFKA_TOPIC_RULES: 'a=b', KAFKA_TOPIC: 'b', KAFKA_LATEST_TOPIC: 'comapi.events.latest' },
      'the topic b has two topics of latest states, comapi.events.latest and b.latest',
    ],
    [{ KAFKA_TOPIC_RULES: 'a=b,same;c=d,same' }, 'same would hold the latest states of two topics, b and d'],
    [{ KAFKA_TOPIC_RULES: 'a=comapi.events.latest' }, 'is one of events too'],
    [{ KAFKA_TOPIC_RULES: 'a=b,comapi.events.dead-letter' }, 'is one of dead letters too'],
  ])('%j: %s', (env, message) => {
    expect(readProblems(env).problems).toEqual([
      { variable: 'KAFKA_TOPIC_RULES', message: expect.stringContaining(message) },
    ]);
  });

  test('a topic without room for ".latest" needs another name for it', () => {
    expect(readProblems({ KAFKA_TOPIC: 'a'.repeat(249) }).problems).toMatchObject([
      { variable: 'KAFKA_LATEST_TOPIC' },
    ]);
    expect(readProblems({ KAFKA_TOPIC: 'a'.repeat(249), KAFKA_LATEST_TOPIC: 'l' }).problems).toEqual([]);
  });
});

test("on Redis the names are those of Redis's own variables", () => {
  const env = {
    REDIS_URL: 'redis://h',
    REDIS_STREAM: 'own',
    REDIS_STREAM_RULES: 'chat.*=chats',
    KAFKA_DEAD_LETTER_TOPIC: 'not here',
  };
  const { topics, problems } = readProblems(env);
  expect(problems).toEqual([]);
  const deadLetter = 'comapi.events.dead-letter';
  expect(listTopics(topics)).toEqual([
    { events: 'own', latest: 'own.latest', deadLetter },
    { events: 'chats', latest: 'chats.latest', deadLetter },
  ]);
  expect(readProblems({ ...env, REDIS_STREAM_RULES: 'chat.*=a b' }).problems).toMatchObject([
    { variable: 'REDIS_STREAM_RULES' },
  ]);
});
