import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import { freePorts } from '../support/free-ports.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { startCommand, startReceiverProcess } from '../support/receiver-process.ts';
import { readRunbooks } from '../support/runbook-commands.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

/** Matches commands that a runbook page runs in a pod or in a checkout. */
const calls = /(?:exec POD -- |\.\/)comapi-webhook ([^`\n>]+)/g;
/** The timeout is long enough for about ten processes in sequence and the start of Kafka. */
const timeoutMs = 180_000;
const commands = new Set(
  readRunbooks().flatMap(({ commands: texts }) =>
    texts.flatMap((text) => [...text.matchAll(calls)].map(([, args = '']) => args.trim())),
  ),
);

/** Prepares the shell variables that the runbooks use for a receiver with Kafka and a spool. */
async function prepare() {
  const brokers = await kafkaBrokers();
  const topic = `events-${randomUUID()}`;
  const deadLetterTopic = `dead-${randomUUID()}`;
  await createTopic(brokers, topic, {});
  await createTopic(brokers, deadLetterTopic, { configs: { 'max.message.bytes': '12582912' } });
  const [managementPort] = await freePorts(1);
  const env: Env = {
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC: topic,
    KAFKA_DEAD_LETTER_TOPIC: deadLetterTopic,
    WEBHOOK_SECRET: testSecret,
    SPOOL_DIR: temporaryDirectory(),
    HTTP_HOST: '127.0.0.1',
    MANAGEMENT_PORT: String(managementPort),
  };
  return { env, brokers, topic };
}

async function run(
  args: string,
  env: Env,
): Promise<{ readonly code: number | string; readonly output: string }> {
  const { exited, stdout, stderr } = startCommand(args.split(' '), env);
  const code = await exited;
  return { code, output: stdout() + stderr() };
}

test(
  'each command of a runbook does outside Kubernetes what its page says',
  async () => {
    expect(commands.size).toBeGreaterThan(5);
    const { env } = await prepare();
    const { url } = await startReceiverProcess(env);
    const secretFile = join(temporaryDirectory(), 'secret');
    writeFileSync(secretFile, testSecret);
    const failed: unknown[] = [];
    for (const command of commands) {
      const args = command.replace('https://HOST/PATH', `${url}/webhook`).replace('FILE', secretFile);
      const { code, output } = await run(args, env);
      // A single broker may lose records, so commands that check topics exit with code 1.
      const isJudged = code === 1 && args.startsWith('topics') && /replica/.test(output);
      if (code !== 0 && !isJudged) {
        failed.push({ command, code, output });
      }
    }
    expect(failed).toEqual([]);
  },
  timeoutMs,
);
