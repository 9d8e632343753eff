import { expect, test } from 'vitest';
import { describeConfiguration } from '../../src/checks/describe-configuration.ts';
import { loadReceiverConfig } from '../../src/config/receiver-config.ts';

test('shows the settings and those of the store, without secrets', () => {
  const env = { WEBHOOK_SECRET: 'a planted secret of the test', PUBLIC_URL: 'https://a.example' };
  const settings = describeConfiguration(loadReceiverConfig(env), [['store', 'a store']]);
  expect(Object.fromEntries(settings)).toEqual({
    'listens on': 'http, :: port 8080; management :: port 9090',
    'public URL': 'https://a.example',
    'webhook default': '/webhook → comapi.events, dead letters → comapi.events.dead-letter',
    'signature header': 'x-comapi-signature',
    limits: 'body 10485760 bytes, 2048 requests and 67108864 bytes in flight',
    times: 'answer 8000 ms, body 5000 ms, shutdown 25000 ms',
    store: 'a store',
    'log level': 'info',
  });
});

test('shows the spool and its bound', () => {
  const env = {
    WEBHOOK_SECRET: 'a planted secret of the test',
    KAFKA_BROKERS: 'b:9092',
    SPOOL_DIR: '/spool',
  };
  const settings = Object.fromEntries(describeConfiguration(loadReceiverConfig(env), []));
  expect(settings.spool).toBe('/spool, at most 1073741824 bytes');
});

test('shows where the rules send events', () => {
  const env = {
    WEBHOOK_SECRET: 'a planted secret of the test',
    KAFKA_TOPIC_RULES: 'message.inbound=in;chat.*=chats',
  };
  const settings = Object.fromEntries(describeConfiguration(loadReceiverConfig(env), []));
  expect(settings['topics of default']).toBe('message.inbound → in, chat.* → chats');
});

test('shows how many events of a delivery its log line names', () => {
  const env = { WEBHOOK_SECRET: 'a planted secret of the test', LOG_EVENTS: '5' };
  const settings = Object.fromEntries(describeConfiguration(loadReceiverConfig(env), []));
  expect(settings['events named in the log']).toBe('5 of a delivery');
});
