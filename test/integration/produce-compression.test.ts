import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postWebhook } from '../../src/tools/provider/post-webhook.ts';
import { simulateAndCompare } from '../support/compare-stored.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenFiltered } from '../support/filter/test-filter.ts';
import type { Broker } from '../support/kafka/broker-process.ts';
import { fetchKafka } from '../support/kafka/fetch-kafka.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readCommitted, readTopic, type StoredRecord } from '../support/kafka/read-topic.ts';
import { readWholeTopic } from '../support/kafka/read-whole-topic.ts';
import { readWithJava, toJavaLine } from '../support/kafka/read-with-java.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';

const codecs = ['none', 'gzip', 'zstd'] as const;
const count = 1_000;

let cluster: KafkaCluster;

beforeAll(async () => {
  cluster = await startKafkaCluster({ nodes: 1 });
});
afterAll(() => cluster.stop());

const codecsOf = (batches: readonly string[]) =>
  new Set(batches.map((batch) => /compresscodec: (\w+)/.exec(batch)?.[1]));

const toPost = (url: string, body: string) =>
  postWebhook({
    url: new URL(`${url}/webhook`),
    body: Buffer.from(body),
    secret: testSecret,
    timeoutMs: 30_000,
  });

/** Reads a topic with two independent clients, and checks that both read the same bytes. */
async function readTwice(topic: string): Promise<StoredRecord[]> {
  const { bootstrap } = cluster;
  const byKcat = await readCommitted({ bootstrap, topic }, 1);
  const byJava = await readWithJava({ bootstrap, topic, count: byKcat.length });
  expect(byJava.toSorted()).toEqual(byKcat.map(toJavaLine).toSorted());
  return byKcat;
}

describe.each(codecs)('KAFKA_COMPRESSION=%s', (codec) => {
  test('the receiver and the filter write it; librdkafka, the Java client, filter and commands read it', async () => {
    const { bootstrap, brokers } = cluster;
    const [broker] = brokers as [Broker];
    const topics = await createFilterTopics(bootstrap, { partitions: 2 });
    const env = {
      KAFKA_BROKERS: bootstrap,
      KAFKA_TOPIC: topics.events,
      KAFKA_DEAD_LETTER_TOPIC: topics.deadLetter,
      KAFKA_COMPRESSION: codec,
      WEBHOOK_SECRET: testSecret,
    };
    const receiver = await startTestReceiver({ env });
    await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);

    const args = ['--count', String(count), '--batch-size', '100'];
    const compared = await simulateAndCompare(`${receiver.url}/webhook`, args, { env, partitions: 2 });
    expect(compared).toMatchObject({ code: 0, accepted: count, problems: [] });
    const odd = Array.from(
      { length: 300 },
      (_, index) => `{"eventId":"odd-${index}", "id":1.0, "t":"ünï-😀"}`,
    );
    await toPost(receiver.url, `[${odd.join()}]`);
    await toPost(
      receiver.url,
      `[${Array.from({ length: 300 }, (_, index) => `{"late":"late-${index}"}`).join()}]`,
    );

    const events = await readTwice(topics.events);
    const stored = new Set(events.map(({ value }) => String(value)));
    expect(odd.every((each) => stored.has(each))).toBe(true);
    expect(codecsOf(await dumpBatches(broker, `${topics.events}-0`))).toContain(codec);

    const replayed = await runCommand(['replay', '--group', topics.events], { ...env, KEY_RULES: '*=late' });
    expect(replayed).toMatchObject({ code: 0, stderr: '' });
    const all = await readWholeTopic(bootstrap, topics.events);
    expect(all.length).toBe(events.length + 300);

    const filter = await startTestFilter({ ...toFilterEnv(bootstrap, topics), KAFKA_COMPRESSION: codec });
    await whenFiltered(filter, all.length);
    await filter.stop();
    const states = await readTwice(topics.latest);
    const known = new Set(all.map(({ value }) => String(value)));
    expect(states.length).toBeGreaterThan(600);
    expect(states.every(({ value }) => known.has(String(value)))).toBe(true);
    expect(codecsOf(await dumpBatches(broker, `${topics.latest}-0`))).toContain(codec);
  });

  test('a topic judges what is compressed: what becomes small enough is stored, and nothing is lost', async () => {
    const { bootstrap } = cluster;
    const topic = `events-${randomUUID().slice(0, 8)}`;
    const deadLetters = `${topic}.dead-letter`;
    await createTopic(bootstrap, topic, { configs: { 'max.message.bytes': '100000' } });
    await createTopic(bootstrap, deadLetters, {});
    const receiver = await startTestReceiver({
      env: {
        KAFKA_BROKERS: bootstrap,
        KAFKA_TOPIC: topic,
        KAFKA_DEAD_LETTER_TOPIC: deadLetters,
        KAFKA_COMPRESSION: codec,
      },
    });
    await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);
    const noise = randomBytes(150_000).toString('base64');
    // Together, these events are slightly larger than the topic allows for one batch, because this text takes more
    // bytes than the estimate.
    const wide = Array.from(
      { length: 40 },
      (_, index) => `{"eventId":"wide-${index}","text":"${'ü'.repeat(1_700)}"}`,
    );
    const events = [
      '{"eventId":"a"}',
      `{"eventId":"even","text":"${'x'.repeat(200_000)}"}`,
      '{"eventId":"b"}',
      `{"eventId":"noise","text":"${noise}"}`,
      '{"eventId":"c"}',
      ...wide,
    ];
    expect(await toPost(receiver.url, `[${events.join()}]`)).toMatchObject({ status: 200 });

    const tooLarge = codec === 'none' ? ['even', 'noise'] : ['noise'];
    const isTooLarge = (event: string) => tooLarge.some((id) => event.startsWith(`{"eventId":"${id}"`));
    const textOf = (records: readonly StoredRecord[]) => records.map(({ value }) => String(value));
    expect(textOf(await readTopic({ bootstrap, topic })).toSorted()).toEqual(
      events.filter((event) => !isTooLarge(event)).toSorted(),
    );
    const dead = await readTopic({ bootstrap, topic: deadLetters });
    expect(textOf(dead).toSorted()).toEqual(events.filter(isTooLarge).toSorted());
    expect(new Set(dead.map(({ headers }) => headers.reason))).toEqual(new Set(['too_large']));

    // A dry run predicts that the brokers would reject these events again.
    const env = {
      KAFKA_BROKERS: bootstrap,
      KAFKA_TOPIC: topic,
      KAFKA_DEAD_LETTER_TOPIC: deadLetters,
      KAFKA_COMPRESSION: codec,
    };
    for (const args of [['--dry-run'], []]) {
      const { code, stdout } = await runCommand(['replay', '--group', deadLetters, '--json', ...args], env);
      expect(code).toBe(1);
      expect(JSON.parse(stdout).reports).toMatchObject([
        { uncertain: 0, lines: [{ outcome: 'failed', detail: 'too_large', deadLetters: tooLarge.length }] },
      ]);
    }
  });
});

/** Returns the output of Kafka's own dump tool for the first log segment of a partition, with one line per batch. */
async function dumpBatches(broker: Broker, topicPartition: string): Promise<string[]> {
  const file = join(dirname(broker.logFile), 'data', topicPartition, `${'0'.repeat(20)}.log`);
  const { java, quickStart } = await fetchKafka();
  const { stdout } = await promisify(execFile)(
    java,
    [...quickStart, 'org.apache.kafka.tools.DumpLogSegments', '--files', file],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout.split('\n').filter((line) => line.startsWith('baseOffset'));
}
