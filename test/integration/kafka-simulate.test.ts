import { describe, expect, test } from 'vitest';
import { createTopic } from '../support/kafka/topics.ts';
import { freshTopicsEnv, kafkaBrokers } from '../support/kafka-brokers.ts';
import { runCommand } from '../support/run-command.ts';
import { startScriptedReceiver } from '../support/scripted-receiver.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';

async function createEnv() {
  const env = { ...(await freshTopicsEnv()), WEBHOOK_SECRET: testSecret };
  await createTopic(env.KAFKA_BROKERS, env.KAFKA_TOPIC, { partitions: 6 });
  await createTopic(env.KAFKA_BROKERS, env.KAFKA_DEAD_LETTER_TOPIC);
  return env;
}

describe('simulate --verify on Kafka', () => {
  test('proves the receiver: every event byte for byte in the partition of its key', async () => {
    const env = await createEnv();
    const receiver = await startTestReceiver({ env });
    await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);
    const args = [
      'simulate',
      '--as-provider',
      '--url',
      `${receiver.url}/webhook`,
      '--verify',
      '--seed',
      '4',
      '--json',
    ];

    const first = await runCommand([...args, '--count', '2000', '--batch-size', '100'], env);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const { accepted, verification } = JSON.parse(first.stdout);
    expect(accepted).toBe(2_000);
    expect(verification).toMatchObject({ missing: 0, altered: 0, misplaced: 0, examples: [] });
    expect(verification.verified).toBe(verification.accepted);
    expect(verification.verified + verification.duplicates).toBe(2_000);

    // Fewer of the same events: what the first run wrote must not prove the second.
    const second = await runCommand([...args, '--count', '300'], env);
    const again = JSON.parse(second.stdout).verification;
    expect(again.verified + again.duplicates).toBe(300);
  });

  test('finds out a receiver that says 200 and stores nothing', async () => {
    const env = await createEnv();
    const { url } = await startScriptedReceiver(() => 200);
    const { code, stdout } = await runCommand(
      ['simulate', '--as-provider', '--url', url.href, '--count', '50', '--verify'],
      env,
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/^NOT VERIFIED .* accepted events 0 are in the topic events-\w+: \d+ missing/m);
  });

  test('says at once that there is no topic to verify against, and sends nothing', async () => {
    const { url, deliveries } = await startScriptedReceiver(() => 200);
    const env = { KAFKA_BROKERS: await kafkaBrokers(), KAFKA_TOPIC: 'not-there', WEBHOOK_SECRET: testSecret };
    const { code, stderr } = await runCommand(
      ['simulate', '--as-provider', '--url', url.href, '--verify'],
      env,
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: Kafka \(.*\) has no topic not-there: check KAFKA_TOPIC, TOPIC_RULES or WEBHOOKS_FILE, or create/,
    );
    expect(deliveries).toEqual([]);
  });
});
