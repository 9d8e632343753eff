import { expect } from 'vitest';
import type { TopicNames } from '../../src/config/topic-names.ts';
import { postWebhook } from '../../src/tools/provider/post-webhook.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';
import { startKfake } from './start-kfake.ts';

/** Starts brokers and creates the topics with `comapi-webhook topics`. */
export async function install({ partitions = 3 } = {}) {
  const brokers = await startKfake();
  const topics: TopicNames = { events: 'events', latest: 'events.latest', deadLetter: 'events.dead-letter' };
  const env = {
    KAFKA_BROKERS: brokers.bootstrap,
    KAFKA_TOPIC: topics.events,
    KAFKA_DEAD_LETTER_TOPIC: topics.deadLetter,
    WEBHOOK_SECRET: testSecret,
  };
  const made = await runCommand(['topics', '--partitions', String(partitions)], env);
  expect(made).toMatchObject({ code: 0 });
  return { brokers, topics, env };
}

/** Starts a receiver on these brokers, and waits until it is ready. */
export async function startReceiver(env: Readonly<Record<string, string>>) {
  const receiver = await startTestReceiver({ env });
  await expect.poll(receiver.ready).toBe(true);
  const post = (body: string) =>
    postWebhook({
      url: new URL(`${receiver.url}/webhook`),
      body: Buffer.from(body),
      secret: testSecret,
      timeoutMs: 30_000,
    });
  return { receiver, post };
}

/** Creates an event as JSON text. */
export const toEvent = (id: string, revision = 1) =>
  `{"eventId":"e-${id}-${revision}","name":"message.sent","payload":{"messageId":"m-${id}"},"revision":${revision}}`;
