import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { delivery } from '../support/http-text.ts';
import { readCommitted, readTopic } from '../support/kafka/read-topic.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { startCollector } from '../support/otlp-collector.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startCommand, startReceiverProcess } from '../support/receiver-process.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

async function setUp() {
  const bootstrap = await kafkaBrokers();
  const topics = await createFilterTopics(bootstrap, { partitions: 1 });
  const collector = await startCollector();
  const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const env = { ...toFilterEnv(bootstrap, topics), ...traces };
  const startReceiver = (more: Env = {}) =>
    startReceiverProcess({ ...env, WEBHOOK_SECRET: testSecret, DATA_DIR: temporaryDirectory(), ...more });
  return { bootstrap, topics, collector, env, startReceiver };
}

const toEvent = (revision: number) =>
  `{"eventId":"${randomUUID()}","name":"message.sent","payload":{"messageId":"m"},"revision":${revision}}`;

test('one trace leads from the delivery through Kafka to what the revision filter made of it', async () => {
  const { bootstrap, topics, collector, env, startReceiver } = await setUp();
  const receiver = await startReceiver();
  const sent = [
    [2, 'forwarded'],
    [1, 'obsolete'],
    [3, 'forwarded'],
  ] as const;
  const traceIds: string[] = [];
  for (const [revision] of sent) {
    const traceId = randomUUID().replaceAll('-', '');
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    expect((await sendRaw(receiver.url, delivery(toEvent(revision), { traceparent }))).status).toBe(200);
    traceIds.push(traceId);
  }
  const unsampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
  await sendRaw(receiver.url, delivery(toEvent(4), { traceparent: unsampled }));
  const filter = startCommand(['filter'], env);
  await expect.poll(() => collector.spans.filter(({ name }) => name.startsWith('filter')).length).toBe(3);

  const records = await readTopic({ bootstrap, topic: topics.events });
  expect(records).toHaveLength(4);
  for (const [index, [revision, outcome]] of sent.entries()) {
    const spans = collector.spans.filter(({ traceId }) => traceId === traceIds[index]);
    const server = spans.find(({ kind }) => kind === 'SPAN_KIND_SERVER');
    const record = records.find(({ headers }) => headers.revision === String(revision));
    expect(record?.headers.traceparent).toBe(`00-${traceIds[index]}-${server?.spanId}-01`);
    expect(spans.find(({ name }) => name === `store ${topics.events}`)).toMatchObject({
      kind: 'SPAN_KIND_CLIENT',
      parentSpanId: server?.spanId,
      attributes: {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'store',
        'messaging.operation.type': 'send',
        'messaging.destination.name': topics.events,
        'messaging.batch.message_count': 1,
      },
    });
    expect(spans.find(({ name }) => name === `filter ${topics.events}`)).toMatchObject({
      kind: 'SPAN_KIND_CONSUMER',
      parentSpanId: server?.spanId,
      links: [{ traceId: traceIds[index], spanId: server?.spanId }],
      attributes: {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'filter',
        'messaging.operation.type': 'process',
        'messaging.destination.name': topics.events,
        'messaging.destination.partition.id': '0',
        'messaging.consumer.group.name': `group-${topics.events}`,
        'comapi_webhook.filter.outcome': outcome,
      },
      resource: { 'service.name': 'comapi-webhook-filter' },
    });
  }
  const latest = await readCommitted({ bootstrap, topic: topics.latest }, 3);
  const stored = records.map(({ headers }) => headers.traceparent);
  expect(latest.map(({ headers }) => headers.traceparent)).toEqual(stored.filter((_, n) => n !== 1));
  for (const { child, exited } of [receiver, filter]) {
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  }
});
