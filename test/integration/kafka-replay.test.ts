import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { postWebhook } from '../../src/tools/provider/post-webhook.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';

async function createInstallation() {
  const env = { ...(await freshTopicsEnv()), WEBHOOK_SECRET: testSecret };
  const { KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: topic, KAFKA_DEAD_LETTER_TOPIC: deadLetterTopic } = env;
  await createTopic(bootstrap, topic, { partitions: 3 });
  await createTopic(bootstrap, deadLetterTopic, { partitions: 2 });
  const receiver = await startTestReceiver({ env });
  await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);
  const group = `replay-${topic}`;
  return {
    topic,
    deadLetterTopic,
    env,
    group,
    async post(body: string): Promise<void> {
      const { status } = await postWebhook({
        url: new URL(`${receiver.url}/webhook`),
        body: Buffer.from(body),
        secret: testSecret,
        timeoutMs: 30_000,
      });
      expect(status).toBe(200);
    },
    events: () => readTopic({ bootstrap, topic }),
    replay: (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      runCommand(['replay', '--group', group, ...args], { ...env, ...more }),
  };
}

const elements = (from: number, to: number) =>
  Array.from({ length: to - from }, (_unused, index) => `{"id":"id-${from + index}", "n":1.0}`);

describe('replay on Kafka', () => {
  test('puts all back from a topic that ends before what was put back, and says so', async () => {
    const { post, replay, events, env, deadLetterTopic, group } = await createInstallation();
    await post(`[${elements(0, 20).join()}]`);
    const kafka = new Kafka({ brokers: env.KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    // As after the topic was made again, or cut back by an unclean election.
    const partitions = [0, 1].map((partition) => ({ partition, offset: '500' }));
    await admin.setOffsets({ groupId: group, topic: deadLetterTopic, partitions });
    await admin.disconnect();

    const run = await replay([], { KEY_RULES: '*=id' });
    expect(run.stderr).toMatch(
      /^.*\/0 ends at \d+, before what was put back: it was made again or cut back/m,
    );
    expect(run.stdout).toMatch(/^no_key +default +20 +went to /m);
    expect(await events()).toHaveLength(20);
    const again = await replay([], { KEY_RULES: '*=id' });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toMatch(/: dead letters not put back before: 0$/m);
  });

  test('puts nothing back in a group that has members: it could not note it', async () => {
    const { post, replay, events, env, deadLetterTopic, group } = await createInstallation();
    await post(elements(0, 1)[0] ?? '');
    const kafka = new Kafka({ brokers: env.KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING });
    const other = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100 });
    await other.connect();
    await other.subscribe({ topic: deadLetterTopic });
    const joined = new Promise((resolve) => {
      other.on(other.events.GROUP_JOIN, resolve);
    });
    await other.run({ eachMessage: async () => {} });
    await joined;
    const { code, stderr } = await replay([], { KEY_RULES: '*=id' });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(group) });
    await other.disconnect();
    expect(await events()).toEqual([]);
  });

  test('of two at once the one that finds the other’s notes stops, and nothing is passed over', async () => {
    const { post, replay, events } = await createInstallation();
    const count = 3_000;
    await post(`[${elements(0, count).join()}]`);
    const rules = { KEY_RULES: '*=id' };
    const ended = await Promise.all([replay([], rules), replay([], rules)]);
    for (const { code, stderr } of ended) {
      expect([code, stderr]).toEqual(
        code === 0 ? [0, ''] : [2, expect.stringContaining('another replay has put back dead letters')],
      );
    }
    await replay([], rules);
    const ids = async () => new Set((await events()).map(({ key }) => key?.toString()));
    expect((await ids()).size).toBe(count);
    expect((await replay([], rules)).stdout).toMatch(/: dead letters not put back before: 0$/m);
  });
});
