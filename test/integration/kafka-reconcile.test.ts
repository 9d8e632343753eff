import { expect, test } from 'vitest';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
import { provideProviderApi } from '../support/provide-provider-api.ts';
import { toApiEnv } from '../support/reconcile-messages.ts';
import { runCommand } from '../support/run-command.ts';

const provider = await provideProviderApi();

test('a topic for missing states that does not exist is an error before the provider is asked', async () => {
  const fresh = await freshTopicsEnv();
  const env = { ...fresh, ...toApiEnv(provider) };
  await runCommand(['topics', '--partitions', '2'], env);
  const { code, stdout, stderr } = await runCommand(['reconcile', '--messages', '--write'], env);
  expect([code, stdout, stderr]).toEqual([
    2,
    '',
    expect.stringContaining(
      `Cannot write to ${env.KAFKA_TOPIC}.reconciled: The store is unavailable: the topic`,
    ),
  ]);
  expect(provider.calls).toEqual([]);
});
