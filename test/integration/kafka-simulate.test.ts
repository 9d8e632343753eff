import { expect, test } from 'vitest';
import { simulateAndCompare } from '../support/compare-stored.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';

test('every event of simulate is stored byte for byte in the partition of its key', async () => {
  const env = { ...(await freshTopicsEnv()), WEBHOOK_SECRET: testSecret };
  const partitions = 6;
  await createTopic(env.KAFKA_BROKERS, env.KAFKA_TOPIC, { partitions });
  await createTopic(env.KAFKA_BROKERS, env.KAFKA_DEAD_LETTER_TOPIC);
  const receiver = await startTestReceiver({ env });
  await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);
  const args = ['--count', '2000', '--batch-size', '100'];
  expect(await simulateAndCompare(`${receiver.url}/webhook`, args, { env, partitions })).toEqual({
    ...{ code: 0, stderr: '', sent: 2_000, accepted: 2_000 },
    ...{ records: 2_000, problems: [] },
  });
});
