import { expect, test } from 'vitest';
import { postWebhook } from '../../src/tools/provider/post-webhook.ts';
import { simulateAndCompare } from '../support/compare-stored.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { readCommitted, readTopic } from '../support/kafka/read-topic.ts';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';

/** Creates a receiver with topic rules, on topics that `comapi-webhook topics` created. */
async function createInstallation() {
  const fresh = await freshTopicsEnv();
  const { KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: base } = fresh;
  const names = {
    messages: `${base}.messages`,
    inbound: `${base}.inbound`,
    states: `${base}.inbound.latest`,
  };
  const env = {
    ...fresh,
    TOPIC_RULES: `message.inbound=${names.inbound};message.*=${names.messages}`,
    WEBHOOK_SECRET: testSecret,
    HTTP_HOST: '127.0.0.1',
    MANAGEMENT_PORT: '0',
  };
  const created = await runCommand(['topics', '--partitions', '3', '--json'], env);
  const receiver = await startTestReceiver({ env });
  await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);
  return {
    ...names,
    base,
    env,
    created,
    url: `${receiver.url}/webhook`,
    post: (body: string) =>
      postWebhook({
        url: new URL(`${receiver.url}/webhook`),
        body: Buffer.from(body),
        secret: testSecret,
        timeoutMs: 30_000,
      }),
    valuesOf: async (topic: string) =>
      (await readTopic({ bootstrap, topic })).map(({ value }) => String(value)),
    statesOf: async (topic: string, count: number) =>
      (await readCommitted({ bootstrap, topic }, count))
        .map(({ key, headers }) => `${String(key)} ${headers.revision}`)
        .toSorted(),
  };
}

const event = (name: string, id: string, revision = 1) =>
  `{"eventId":"e-${id}-${revision}","name":"${name}","payload":{"messageId":"${id}","id":"${id}"},"revision":${revision}}`;

test('"topics" makes every topic and "check" judges each; the receiver and "replay" fill them', async () => {
  const { created, env, base, messages, inbound, states, url, post, valuesOf } = await createInstallation();
  const expected = [
    base,
    inbound,
    messages,
    env.KAFKA_DEAD_LETTER_TOPIC,
    `${base}.latest`,
    states,
    `${messages}.latest`,
  ];
  const reports = JSON.parse(created.stdout) as { topic: string; outcome: string; partitionCount: number }[];
  expect(new Map(reports.map(({ topic, outcome }) => [topic, outcome]))).toEqual(
    new Map(expected.map((topic) => [topic, 'created'])),
  );
  expect(new Set(reports.map(({ partitionCount }) => partitionCount))).toEqual(new Set([3]));

  const checked = await runCommand(['check'], env);
  for (const topic of expected) {
    expect(checked.stdout).toMatch(new RegExp(`topics +${topic}: `));
  }
  expect(checked.stdout).toMatch(/^topics of default +message.inbound → \S+, message\.\* → /m);

  // A broker may learn with a delay that it leads a new partition, so the first deliveries wait for this.
  await post(`[${event('message.read', 'a')},${event('message.inbound', 'b')},${event('chat.update', 'c')}]`);
  const args = ['--count', '1000', '--batch-size', '50'];
  const compared = await simulateAndCompare(url, args, { env, partitions: 3 });
  expect(compared).toMatchObject({ code: 0, accepted: 1_000, problems: [] });
  expect((await valuesOf(messages)).length).toBeGreaterThan(0);

  const before = (await valuesOf(inbound)).length;
  await post('[{"name":"message.inbound","other":"x"},{"name":"chat.update","other":"y"}]');
  const replayed = await runCommand(['replay', '--group', `replay-${base}`], {
    ...env,
    KEY_RULES: '*=other',
  });
  expect(replayed.stdout).toContain(`replayed to ${inbound}`);
  expect(replayed.stdout).toMatch(new RegExp(`replayed to ${base}$`, 'm'));
  expect(await valuesOf(inbound)).toHaveLength(before + 1);
});

test('filters of two topics run side by side in one environment, each with its own group and latest states', async () => {
  const { env, messages, inbound, states, post, statesOf } = await createInstallation();
  const bodies = [3, 1, 2, 3].map(
    (revision) => `[${event('message.read', 'm', revision)},${event('message.inbound', 'i', revision * 10)}]`,
  );
  for (const body of bodies) {
    await post(body);
  }
  const start = (topic: string) => startTestFilter({ ...env, KAFKA_TOPIC: topic });
  const filters = await Promise.all([start(messages), start(inbound)]);
  for (const filter of filters) {
    await whenFiltered(filter, 4);
    await whenReady(filter);
  }
  const others = filters.map(
    ({ log }) => log.lines.find(({ msg }) => String(msg).includes('run a separate filter for each'))?.topics,
  );
  expect(others).toEqual([[inbound], [messages]]);
  expect(await statesOf(`${messages}.latest`, 1)).toEqual(['m 3']);
  expect(await statesOf(states, 1)).toEqual(['i 30']);
  await post(`[${event('message.read', 'm', 4)},${event('message.inbound', 'i', 5)}]`);
  expect(await statesOf(`${messages}.latest`, 2)).toEqual(['m 3', 'm 4']);
  await whenFiltered(filters[1], 5);
  expect(await statesOf(states, 1)).toEqual(['i 30']);
});
