import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, test } from 'vitest';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import { countsTimeoutMs, proveCounts } from '../support/reconcile-counts.ts';
import { runCommand } from '../support/run-command.ts';

let provider: ProviderApiServer;

beforeAll(async () => {
  provider = await startProviderApiServer();
});
afterAll(() => provider.close());

test(
  'counts on Kafka: every event that is missing is found, and no other',
  async () => {
    const topic = `events-${randomUUID().slice(0, 8)}`;
    const env = {
      ...{
        KAFKA_BROKERS: await kafkaBrokers(),
        KAFKA_TOPIC: topic,
        KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead`,
      },
    };
    await runCommand(['topics', '--partitions', '3'], env);
    await proveCounts(provider, env);
  },
  countsTimeoutMs,
);
