import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { defaultKeyRulesText } from '../../src/webhook/key-rules.ts';
import { readTopic, type StoredRecord } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';

export type FilledTopic = Awaited<ReturnType<typeof fillTopic>>;

export const partitions = 6;

/**
 * Creates a compressed topic, and lets the real receiver fill it with events of the simulator and with `more` events.
 */
export async function fillTopic(count: number, more: readonly string[] = []) {
  const bootstrap = await kafkaBrokers();
  const topic = `events-${randomUUID().slice(0, 8)}`;
  await createTopic(bootstrap, topic, { partitions });
  await createTopic(bootstrap, `${topic}.dead-letter`, {});
  /** Environment variables of a recipe. */
  const env = { KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: topic };
  const receiver = await startTestReceiver({
    env: {
      ...env,
      KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead-letter`,
      KAFKA_COMPRESSION: 'zstd',
      KEY_RULES: `${defaultKeyRulesText},id`,
      RECORD_HEADERS: 'ce_tenant=acme',
    },
  });
  await expect.poll(receiver.ready).toBe(true);
  const send = ['simulate', '--as-provider', '--url', `${receiver.url}/webhook`, '--count', String(count)];
  const sent = await runCommand([...send, '--batch-size', '50', '--seed', '7'], {
    WEBHOOK_SECRET: testSecret,
  });
  expect(sent).toMatchObject({ code: 0 });
  const body = Buffer.from(`[${more.join()}]`);
  const headers = { 'x-comapi-signature': signBody(body, testSecret) };
  const answer = await fetch(`${receiver.url}/webhook`, { method: 'POST', body, headers });
  expect(answer.status).toBe(200);
  /** Records as kcat, an independent client, reads them. */
  const records = await readTopic({ bootstrap, topic });
  expect(records.length).toBeGreaterThanOrEqual(count + more.length);
  expect(new Set(records.map(({ partition }) => partition)).size).toBe(partitions);
  return { env, records };
}

/** The event with the highest revision of each entity. Events without a revision are ignored. */
export function toLatestStates(records: readonly StoredRecord[]) {
  const latest = new Map<string, { readonly revision: bigint; readonly event: string }>();
  for (const { key, value, headers } of records) {
    if (headers.revision !== undefined) {
      const revision = BigInt(headers.revision);
      const known = latest.get(String(key));
      if (known === undefined || revision > known.revision) {
        latest.set(String(key), { revision, event: String(value) });
      }
    }
  }
  return latest;
}
