import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { fetchKafka } from '../support/kafka/fetch-kafka.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { buildJava } from './build-java.ts';
import { fillTopic, partitions, toLatestStates } from './fill-topic.ts';
import { produceWithJava } from './produce-with-java.ts';
import { startRecipe } from './start-recipe.ts';

const oddEvents = [
  '{"id":"a"}',
  '{"id":"b","revision":0,"apiSpaceId":"a b/é?#%[]","name":"\\u00fc \\ud83d\\ude00"}',
  '{"id":"\\u00fc-\\ud83d\\ude00","revision":18446744073709551616,"eventId":18446744073709551615}',
  ...[
    '2024-02-29T00:00:00.123456789z',
    '0000-02-29t00:00:00Z',
    '2026-04-30T00:00:00-00:00',
    '2026-04-30T00:00:00+18:00',
    '2026-04-30T00:00:00-23:59',
    '2026-12-31T23:59:60Z',
    'yesterday',
  ].map((timestamp, index) => `{"id":"t-${index}","timestamp":"${timestamp}"}`),
];

test("CloudEvents' Java SDK reads every event with its revision, however odd the event is", async () => {
  const [{ env, records }, { java, classPath }] = [await fillTopic(500, oddEvents), await buildJava()];
  const recipe = startRecipe(java, ['-cp', classPath, 'consume.ReadCloudEvents'], {
    ...env,
    GROUP_ID: randomUUID(),
  });
  await expect.poll(() => recipe.lines().length).toBe(records.length);
  const expected = records.map(({ value, headers }) => [
    headers.ce_id,
    headers.ce_type,
    headers.ce_subject ?? 'null',
    headers.revision ?? 'null',
    headers.ce_time === undefined ? Number.NaN : Date.parse(headers.ce_time),
    String(value?.length),
  ]);
  const printed = recipe.lines().map((line) => {
    const [id, type, subject, revision, time = '', length] = line.split('\t');
    return [id, type, subject, revision, Date.parse(time), length];
  });
  const toLines = (rows: readonly (readonly unknown[])[]) => rows.map((row) => row.join('\t')).toSorted();
  expect(toLines(printed)).toEqual(toLines(expected));
  const revisions = new Set(printed.map(([, , , revision]) => revision));
  expect([...revisions]).toEqual(expect.arrayContaining(['0', '18446744073709551616', 'null']));
});

test("CloudEvents' Java SDK: an event whose work throws is not skipped, nor one before it in its batch", async () => {
  const [bootstrap, { java, classPath }] = [await kafkaBrokers(), await buildJava()];
  const topic = `events-${randomUUID()}`;
  await createTopic(bootstrap, topic);
  const send = await connectTestProducer(bootstrap);
  const toMessage = (id: string, value: string) => ({
    key: 'a',
    value,
    headers: { ce_specversion: '1.0', ce_id: id, ce_type: 'message.sent', ce_source: 'urn:test' },
  });
  // For a record with an empty value, the SDK returns null as the data, so ReadCloudEvents throws an exception.
  await send(topic, [toMessage('1', '{}'), toMessage('2', ''), toMessage('3', '{}')]);
  const env = { KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: topic, GROUP_ID: randomUUID() };
  for (const run of ['first', 'second']) {
    const recipe = startRecipe(java, ['-cp', classPath, 'consume.ReadCloudEvents'], env);
    await once(recipe.child, 'close');
    expect(recipe.stderr()).toContain('NullPointerException');
    expect([run, ...recipe.lines().map((line) => line.split('\t')[0])]).toEqual([run, '1']);
  }
});

test('Kafka Streams has the latest state of each entity, and joins it with what a Java producer wrote', async () => {
  const [{ env, records }, { java, classPath }] = [await fillTopic(2_000), await buildJava()];
  const { libs } = await fetchKafka();
  const orders = `${env.KAFKA_TOPIC}.orders`;
  const output = `${env.KAFKA_TOPIC}.joined`;
  await createTopic(env.KAFKA_BROKERS, orders, { partitions });
  await createTopic(env.KAFKA_BROKERS, output, { partitions });
  const latest = toLatestStates(records);
  expect(latest.size).toBeGreaterThan(100);
  expect(latest.size).toBeLessThan(records.length);
  await produceWithJava({
    ...{ java, libs, bootstrap: env.KAFKA_BROKERS, topic: orders },
    records: [...latest.keys()].map((key, index) => ({ key, value: String(index) })),
  });

  const recipe = startRecipe(java, ['-cp', classPath, 'consume.LatestStates'], {
    ...env,
    ORDERS_TOPIC: orders,
    OUTPUT_TOPIC: output,
    APPLICATION_ID: randomUUID(),
    STATE_DIR: join(temporaryDirectory(), 'state'),
  });
  const readJoined = async () => {
    const joined = await readCommitted({ bootstrap: env.KAFKA_BROKERS, topic: output }, 1);
    return new Map(joined.map(({ key, value }) => [String(key), String(value)]));
  };
  const expected = new Map(
    [...latest].map(([key, { event }], index) => [key, `{"order":${index},"state":${event}}`]),
  );
  await expect.poll(readJoined, { interval: 1_000 }).toEqual(expected);
  expect(recipe.child.exitCode).toBeNull();
});
