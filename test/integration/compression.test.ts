import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { postWebhook } from '../../src/tools/provider/post-webhook.ts';
import { simulateAndCompare } from '../support/compare-stored.ts';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { type Compression, produceWithKcat } from '../support/kafka/produce-with-kcat.ts';
import { readCommitted, readTopic } from '../support/kafka/read-topic.ts';
import { createTopic, setTopicConfigs } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';

const codecs: readonly Compression[] = ['gzip', 'zstd', 'lz4', 'snappy', 'none'];
const count = 300;

let bootstrap: string;

beforeAll(async () => {
  bootstrap = await kafkaBrokers();
});

const toTopicConfigs = (codec: Compression) => ({
  'compression.type': codec === 'none' ? 'uncompressed' : codec,
});

const entities = Array.from({ length: count }, (_, index) => `entity-${index}`);

describe.each(codecs)('records compressed with %s', (codec) => {
  test('by the brokers, the filter reads them, and its own state after a restart', async () => {
    const configs = toTopicConfigs(codec);
    const topics = await createFilterTopics(bootstrap, { partitions: 1, latestConfigs: configs });
    await setTopicConfigs(bootstrap, topics.events, configs);
    const send = await connectTestProducer(bootstrap);
    const messages = (revision: bigint) => entities.map((entity) => toEventMessage({ entity, revision }, 1));
    await send(topics.events, messages(1n));
    const env = toFilterEnv(bootstrap, topics);
    const first = await startTestFilter(env);
    await whenFiltered(first, count);
    await first.stop();

    await send(topics.events, messages(1n));
    const second = await startTestFilter(env);
    await whenFiltered(second, count);
    await whenReady(second);
    expect(await second.metric('comapi_webhook_filter_tracked_entities')).toBe(count);
    expect(await readCommitted({ bootstrap, topic: topics.latest }, count)).toHaveLength(count);
  });

  test('by another producer, the filter reads them byte for byte', async () => {
    const topics = await createFilterTopics(bootstrap, { partitions: 1 });
    const value = (entity: string) => `{"eventId":"${entity}","text":"${'Ünïcode '.repeat(30)}${entity}"}`;
    await produceWithKcat({
      ...{ bootstrap, topic: topics.events, partition: 0, compression: codec },
      headers: { ce_id: 'x', ce_type: 'message.sent', revision: '7', webhook: 'webhook' },
      records: entities.map((entity) => ({ key: entity, value: value(entity) })),
    });
    const filter = await startTestFilter(toFilterEnv(bootstrap, topics));
    await whenFiltered(filter, count);
    const states = await readCommitted({ bootstrap, topic: topics.latest }, count);
    expect(states.map(({ key, value: stored }) => [String(key), String(stored)])).toEqual(
      entities.map((entity) => [entity, value(entity)]),
    );
  });

  test('the receiver writes them, each as it was sent, and "replay" puts them back', async () => {
    const topic = `events-${randomUUID().slice(0, 8)}`;
    const env = {
      KAFKA_BROKERS: bootstrap,
      KAFKA_TOPIC: topic,
      KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead-letter`,
      WEBHOOK_SECRET: testSecret,
    };
    await createTopic(bootstrap, topic, { partitions: 2, configs: toTopicConfigs(codec) });
    await createTopic(bootstrap, env.KAFKA_DEAD_LETTER_TOPIC, { configs: toTopicConfigs(codec) });
    const receiver = await startTestReceiver({ env });
    await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);
    const url = `${receiver.url}/webhook`;

    const args = ['--count', String(count), '--batch-size', '50'];
    const compared = await simulateAndCompare(url, args, { env, partitions: 2 });
    expect(compared).toMatchObject({ code: 0, stderr: '', accepted: count, problems: [] });

    const before = (await readTopic({ bootstrap, topic })).length;
    await postWebhook({
      url: new URL(url),
      body: Buffer.from(`[${entities.map((id) => `{"id":"${id}", "n":1.0}`).join()}]`),
      secret: testSecret,
      timeoutMs: 30_000,
    });
    const replayed = await runCommand(['replay', '--group', `replay-${topic}`], {
      ...env,
      KEY_RULES: '*=id',
    });
    expect(replayed).toMatchObject({ code: 0, stderr: '' });
    expect((await readTopic({ bootstrap, topic })).length - before).toBe(count);
  });
});
