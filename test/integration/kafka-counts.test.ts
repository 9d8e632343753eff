import { afterAll, beforeAll, test } from 'vitest';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
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
    const env = await freshTopicsEnv();
    await runCommand(['topics', '--partitions', '3'], env);
    await proveCounts(provider, env);
  },
  countsTimeoutMs,
);
