import { randomUUID } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { TopicNames } from '../../src/config/topic-names.ts';
import { largestBatchBytes } from '../../src/kafka/wire/limits.ts';
import { postWebhook } from '../../src/provider/post-webhook.ts';
import { deadlineIn } from '../support/deadline-in.ts';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { readCommitted, readTopic } from '../support/kafka/read-topic.ts';
import { createRecord, createTestSink } from '../support/kafka-sink.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';
import { buildKfake, type ForeignBrokers, startKfake } from './start-kfake.ts';

beforeAll(async () => {
  await buildKfake();
});

/** Brokers with the topics that `comapi-webhook topics` makes, and a receiver on them. */
async function install({ partitions = 3 } = {}) {
  const brokers = await startKfake();
  const topics: TopicNames = { events: 'events', latest: 'events.latest', deadLetter: 'events.dead-letter' };
  const env = {
    KAFKA_BROKERS: brokers.bootstrap,
    KAFKA_TOPIC: topics.events,
    KAFKA_LATEST_TOPIC: topics.latest,
    KAFKA_DEAD_LETTER_TOPIC: topics.deadLetter,
    WEBHOOK_SECRET: testSecret,
  };
  const made = await runCommand(['topics', '--partitions', String(partitions)], env);
  expect(made).toMatchObject({ code: 0 });
  return { brokers, topics, env };
}

async function startReceiver(env: Readonly<Record<string, string>>) {
  const receiver = await startTestReceiver({ env });
  await expect.poll(receiver.ready).toBe(true);
  const post = (body: string) =>
    postWebhook({
      url: new URL(`${receiver.url}/webhook`),
      body: Buffer.from(body),
      secret: testSecret,
      signatureHeader: 'x-comapi-signature',
      timeoutMs: 10_000,
    });
  return { receiver, post };
}

const toEvent = (id: string, revision = 1) =>
  `{"eventId":"e-${id}-${revision}","name":"message.sent","payload":{"messageId":"m-${id}"},"revision":${revision}}`;

describe('the receiver', () => {
  test('stores singles and batches before it answers, and dead letters', async () => {
    const { env, topics, brokers } = await install();
    const { post } = await startReceiver(env);
    const events = Array.from({ length: 300 }, (_, index) => toEvent(String(index % 40), index));
    expect((await post(events[0] as string)).status).toBe(200);
    expect((await post(`[${events.slice(1).join()},7]`)).status).toBe(200);
    expect((await post('not json')).status).toBe(200);
    const stored = await readTopic({ bootstrap: brokers.bootstrap, topic: topics.events });
    expect(stored.map(({ value }) => String(value)).toSorted()).toEqual(events.toSorted());
    const letters = await readTopic({ bootstrap: brokers.bootstrap, topic: topics.deadLetter });
    expect(letters.map(({ headers }) => String(headers.reason)).toSorted()).toEqual([
      'not_json',
      'not_object',
    ]);
  });

  test('waits as long as a throttle says, and stores what was refused then', async () => {
    const { env, topics, brokers } = await install();
    const { post } = await startReceiver(env);
    await brokers.tell('throttle 1500');
    const startedAt = performance.now();
    expect((await post(toEvent('throttled'))).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(1_400);
    expect(await readTopic({ bootstrap: brokers.bootstrap, topic: topics.events })).toHaveLength(1);
  });

  test('goes on in a topic that was deleted and made again', async () => {
    const { env, topics, brokers } = await install();
    const { post } = await startReceiver(env);
    expect((await post(toEvent('before'))).status).toBe(200);
    await brokers.tell(`recreate ${topics.events} 3`);
    await waitUntil(async () => (await post(toEvent('after'))).status === 200, {
      ...{ timeoutMs: 10_000, what: 'an event is stored in the new topic' },
    });
    const stored = await readTopic({ bootstrap: brokers.bootstrap, topic: topics.events });
    expect(stored.some(({ value }) => String(value) === toEvent('after'))).toBe(true);
  });
});

describe('the revision filter', () => {
  test('forwards the later states in transactions, with producer ids of 63 bits', async () => {
    const { topics, brokers } = await install();
    const { bootstrap } = brokers;
    const filter = await startTestFilter(toFilterEnv(bootstrap, topics));
    await whenReady(filter);
    const send = await connectTestProducer(bootstrap);
    const entities = Array.from({ length: 50 }, (_, index) => `entity-${index}`);
    // The latest first: what comes after is obsolete.
    for (const revision of [2n, 1n, 3n]) {
      await send(
        topics.events,
        entities.map((entity) => toEventMessage({ entity, revision }, 3)),
      );
      await whenFiltered(filter, 50);
    }
    await whenFiltered(filter, 150);
    const states = await readCommitted({ bootstrap, topic: topics.latest }, 100);
    const revisions = (entity: string) =>
      states.filter(({ key }) => String(key) === entity).map(({ headers }) => headers.revision);
    for (const entity of entities) {
      expect(revisions(entity)).toEqual(['2', '3']);
    }
  });

  test('takes over where another process left off', async () => {
    const { topics, brokers } = await install();
    const { bootstrap } = brokers;
    const send = await connectTestProducer(bootstrap);
    const first = await startTestFilter(toFilterEnv(bootstrap, topics));
    await whenReady(first);
    await send(topics.events, [toEventMessage({ entity: 'a', revision: 5n }, 3)]);
    await whenFiltered(first, 1);
    await first.stop();
    const second = await startTestFilter(toFilterEnv(bootstrap, topics));
    await whenReady(second);
    await send(topics.events, [
      toEventMessage({ entity: 'a', revision: 4n }, 3),
      toEventMessage({ entity: 'a', revision: 6n }, 3),
    ]);
    await whenFiltered(second, 2);
    const states = await readCommitted({ bootstrap, topic: topics.latest }, 2);
    expect(states.map(({ headers }) => headers.revision)).toEqual(['5', '6']);
  });

  test('notices that the events topic was made again', async () => {
    const { topics, brokers } = await install();
    const { bootstrap } = brokers;
    const filter = await startTestFilter(toFilterEnv(bootstrap, topics));
    await whenReady(filter);
    const send = await connectTestProducer(bootstrap);
    await send(topics.events, [toEventMessage({ entity: 'a', revision: 5n }, 3)]);
    await whenFiltered(filter, 1);
    await brokers.tell(`recreate ${topics.events} 3`);
    const again = await connectTestProducer(bootstrap);
    await again(topics.events, [toEventMessage({ entity: 'a', revision: 6n }, 3)]);
    await whenFiltered(filter, 2);
    const states = await readCommitted({ bootstrap, topic: topics.latest }, 2);
    expect(states.map(({ headers }) => headers.revision)).toEqual(['5', '6']);
    expect(await filter.metric('comapi_webhook_filter_log_resets_total')).toBeGreaterThan(0);
  });

  test.each([
    ['no zstd', Buffer.from('none')],
    ['zstd of more than 128 MiB', zstdCompressSync(Buffer.alloc(largestBatchBytes + 1))],
  ])('puts a batch of %s aside, with its bytes, and goes on behind it', async (_, compressed) => {
    const { topics, brokers } = await install({ partitions: 1 });
    const { bootstrap } = brokers;
    const filter = await startTestFilter(toFilterEnv(bootstrap, topics));
    await whenReady(filter);
    await appendBatch(brokers, topics.events, compressed);
    const send = await connectTestProducer(bootstrap);
    await send(topics.events, [toEventMessage({ entity: 'a', revision: 1n }, 1)]);
    await whenFiltered(filter, 2);
    expect(await readCommitted({ bootstrap, topic: topics.latest }, 1)).toHaveLength(1);
    const [letter] = await readCommitted({ bootstrap, topic: topics.deadLetter }, 1);
    expect(letter?.headers).toMatchObject({ reason: 'unreadable_batch', 'source-offset': '0' });
    expect(letter?.value?.subarray(61)).toEqual(compressed);
    expect(filter.log.text()).toContain('compressed with zstd cannot be read');
  });
});

/** A batch that says zstd, of these bytes. The brokers do not look into it. */
async function appendBatch({ bootstrap }: ForeignBrokers, topic: string, bytes: Buffer): Promise<void> {
  const { sink } = createTestSink({
    ...{ bootstrap, topics: [topic], compressor: { codec: 4, compress: () => bytes } },
  });
  onTestFinished(() => sink.close());
  await sink.start();
  await sink.append([createRecord(topic, 'key', bytes.length)], deadlineIn(10_000));
}

describe('the commands', () => {
  test('check finds nothing, but says so when settings are not reported', async () => {
    const { env, brokers } = await install();
    expect(await runCommand(['check'], env)).toMatchObject({ code: 0 });
    await brokers.tell('hide');
    const { stdout } = await runCommand(['check'], env);
    expect(stdout).toContain('min.insync.replicas');
    const { post } = await startReceiver(env);
    expect((await post(toEvent('hidden'))).status).toBe(200);
  });

  test('topics changes nothing the second time', async () => {
    const { env } = await install();
    const again = await runCommand(['topics', '--partitions', '3'], env);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).not.toContain('created');
  });

  test('replay puts dead letters back', async () => {
    const { env, topics, brokers } = await install();
    const { post } = await startReceiver(env);
    expect((await post('[{"id":"a","n":1.0},{"id":"b"},7]')).status).toBe(200);
    const replayed = await runCommand(['replay', '--group', `replay-${randomUUID()}`], {
      ...env,
      KEY_RULES: '*=id',
    });
    expect(replayed.stderr).toBe('');
    expect(replayed.stdout).toMatch(/no_key +default +2/);
    const stored = await readTopic({ bootstrap: brokers.bootstrap, topic: topics.events });
    expect(stored.map(({ value }) => String(value)).toSorted()).toEqual(['{"id":"a","n":1.0}', '{"id":"b"}']);
  });

  test('send --verify finds each event stored', async () => {
    const { env } = await install();
    const { receiver } = await startReceiver(env);
    const args = [
      'send',
      '--url',
      `${receiver.url}/webhook`,
      '--simulate',
      '--rate',
      '100',
      '--duration',
      '3s',
    ];
    const { code, stdout, stderr } = await runCommand(
      [...args, '--time-scale', '20', '--verify', '--json'],
      env,
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ events: 300, accepted: 300, lost: 0 });
  });
});
