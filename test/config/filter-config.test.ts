import { describe, expect, test } from 'vitest';
import { loadFilterConfig } from '../../src/config/filter-config.ts';
import { ConfigError } from '../../src/runtime/config-error.ts';

const least = { KAFKA_BROKERS: 'localhost:9092' };
const hourMs = 3_600_000;

function problemsOf(env: Record<string, string>): string[] {
  try {
    loadFilterConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems.map(({ variable }) => variable);
    }
    throw error;
  }
}

describe('loadFilterConfig', () => {
  test('needs nothing but the brokers', () => {
    expect(loadFilterConfig(least)).toMatchObject({
      topics: {
        events: 'comapi.events',
        latest: 'comapi.events.latest',
        deadLetter: 'comapi.events.dead-letter',
      },
      groupId: 'comapi-webhook-filter',
      windowMs: 72 * hourMs,
      management: { host: '127.0.0.1', port: 9091 },
    });
  });

  test('says everything that is wrong at once', () => {
    expect(problemsOf({ FILTER_WINDOW: '72', FILTER_GROUP_ID: 'a b' }).toSorted()).toEqual([
      'FILTER_GROUP_ID',
      'FILTER_WINDOW',
      'KAFKA_BROKERS',
    ]);
  });

  test.for([
    ['90s', 90_000],
    ['90m', 1.5 * hourMs],
    ['48h', 48 * hourMs],
    ['7d', 168 * hourMs],
  ] as const)('takes a window of %s', ([text, windowMs]) => {
    expect(loadFilterConfig({ ...least, FILTER_WINDOW: text }).windowMs).toBe(windowMs);
  });

  test.for(['59s', '400d', '-1h', '1.5h', 'h', '1 h'])('refuses a window of %s', (text) => {
    expect(problemsOf({ ...least, FILTER_WINDOW: text })).toEqual(['FILTER_WINDOW']);
  });

  test('of another topic has another group and other latest states, so that filters can run side by side', () => {
    const rules = 'message.*=messages;chat.*=chats';
    const load = (env: Record<string, string>) => loadFilterConfig({ ...least, TOPIC_RULES: rules, ...env });
    expect([load({}), load({ KAFKA_TOPIC: 'messages' }), load({ KAFKA_TOPIC: 'chats' })]).toMatchObject([
      {
        groupId: 'comapi-webhook-filter',
        topics: { events: 'comapi.events', latest: 'comapi.events.latest' },
      },
      {
        groupId: 'comapi-webhook-filter-messages',
        topics: { events: 'messages', latest: 'messages.latest' },
      },
      { groupId: 'comapi-webhook-filter-chats', topics: { events: 'chats', latest: 'chats.latest' } },
    ]);
    expect(load({ KAFKA_TOPIC: 'chats', FILTER_GROUP_ID: 'own' }).groupId).toBe('own');
  });

  test('refuses to write its output where it reads', () => {
    expect(problemsOf({ ...least, TOPIC_RULES: 'a=comapi.events.latest' })).toEqual(['TOPIC_RULES']);
  });
});
