import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import { namesTimeoutMs, proveNames, toApiEnv } from '../support/reconcile-names.ts';
import { runCommand } from '../support/run-command.ts';

let provider: ProviderApiServer;

beforeAll(async () => {
  provider = await startProviderApiServer();
});
afterAll(() => provider.close());

test(
  'names on Kafka: each missing state of 20,000 messages is found, and no other',
  async () => {
    const topic = `events-${randomUUID().slice(0, 8)}`;
    const env = {
      ...{
        KAFKA_BROKERS: await kafkaBrokers(),
        KAFKA_TOPIC: topic,
        KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead`,
      },
    };
    const made = await runCommand(['topics', '--partitions', '4', '--reconciled'], env);
    expect(made.stdout).toContain(`${topic}.reconciled`);
    await proveNames(provider, env, { topic });
  },
  namesTimeoutMs,
);

test('a topic for missing states that does not exist is an error before the provider is asked', async () => {
  provider.reset();
  const topic = `events-${randomUUID().slice(0, 8)}`;
  const env = {
    ...{ KAFKA_BROKERS: await kafkaBrokers(), KAFKA_TOPIC: topic, KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead` },
    ...{ KAFKA_RECONCILED_TOPIC: `${topic}.states`, ...toApiEnv(provider) },
  };
  await runCommand(['topics', '--partitions', '2'], env);
  const { code, stdout, stderr } = await runCommand(['reconcile', '--names', '--write'], env);
  expect([code, stdout, stderr]).toEqual([
    2,
    '',
    expect.stringContaining(
      `Nothing can be stored on ${topic}.states ("comapi-webhook topics --reconciled" makes it): The store`,
    ),
  ]);
  expect(provider.calls).toEqual([]);
});
