import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCommandConfig, loadTopicsConfig } from '../../src/config/command-config.ts';
import { loadFilterConfig } from '../../src/config/filter-config.ts';
import { loadReceiverConfig } from '../../src/config/receiver-config.ts';
import { ConfigError, type Env } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

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
  ['replay and send --verify', loadCommandConfig],
  ['topics', loadTopicsConfig],
];
const ofAll: [string, Load][] = [...ofStore, ['filter', loadFilterConfig]];

describe.each(ofAll)('%s', (_name, load) => {
  test.each<[Env, RegExp]>([
    [{ ...kafka, KAFKA_LATEST_TOPIC: 'comapi.events' }, /^KAFKA_LATEST_TOPIC: /],
    [{ ...kafka, KAFKA_DEAD_LETTER_TOPIC: 'comapi.events' }, /^KAFKA_DEAD_LETTER_TOPIC: /],
    [{ ...kafka, KAFKA_TOPIC_RULES: 'a=comapi.events.dead-letter' }, /^KAFKA_TOPIC_RULES: /],
    [{ ...redis, REDIS_STREAM: 's', REDIS_LATEST_PREFIX: 's' }, /^REDIS_LATEST_PREFIX: /],
    [{ ...redis, REDIS_DEAD_LETTER_STREAM: 'comapi.events' }, /^REDIS_DEAD_LETTER_STREAM: /],
  ])('refuses %j', (env, message) => {
    expect(problemsOf(load, env)).toEqual([expect.stringMatching(message)]);
  });
});

describe.each(ofStore)('%s', (_name, load) => {
  test.each<[string, readonly object[], RegExp]>([
    [
      'events of one among dead letters of another',
      [{ topic: 'a' }, { deadLetterTopic: 'a' }],
      /a would hold/,
    ],
    [
      'events and dead letters of one',
      [{ topic: 'a', deadLetterTopic: 'a' }],
      /a would hold events and dead/,
    ],
    ['rules that lead to dead letters', [{ deadLetterTopic: 'd', topicRules: 'a=d' }], /d would hold events/],
    [
      'the usual dead letters',
      [{ topic: 'comapi.events.dead-letter', deadLetterTopic: 'd' }],
      /dead-letter would/,
    ],
    [
      'latest states among events',
      [{ topic: 'a', latestTopic: 'a' }],
      /a, the topic of latest states of a, is/,
    ],
  ])('refuses registrations: %s', (_what, registrations, message) => {
    for (const store of [kafka, redis]) {
      const problems = problemsOf(load, { ...store, ...withFile(...registrations) });
      expect(problems).toEqual([expect.stringMatching(/^WEBHOOKS_FILE: /)]);
      expect(problems[0]).toMatch(message);
    }
  });

  test.each<[Env, string]>([
    [
      { ...redis, REDIS_STREAM_COUNT: '3', REDIS_DEAD_LETTER_STREAM: 'comapi.events.2' },
      'REDIS_STREAM_COUNT: is 3, so comapi.events.2 would hold events and dead letters',
    ],
    [
      {
        ...rabbitMq,
        RABBITMQ_QUEUE_COUNT: '2',
        RABBITMQ_QUEUE_RULES: 'a=q',
        RABBITMQ_DEAD_LETTER_QUEUE: 'q.0',
      },
      'RABBITMQ_QUEUE_COUNT: is 2, so q.0 would hold events and dead letters',
    ],
  ])('refuses dead letters in one of several streams or queues of events: %j', (env, message) => {
    expect(problemsOf(load, env)).toEqual([expect.stringContaining(message)]);
  });

  test('takes a number that no stream has', () => {
    const env = { ...redis, REDIS_DEAD_LETTER_STREAM: 'comapi.events.2' };
    expect(problemsOf(load, env)).toEqual([]);
    expect(problemsOf(load, { ...env, REDIS_STREAM_COUNT: '2' })).toEqual([]);
  });
});
