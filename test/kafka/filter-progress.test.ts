import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { waitUntil } from '../support/wait-until.ts';

const lag = 'comapi_webhook_filter_lag_records';

test('records behind a transaction that stays open wait: lag and readiness say so until it ends', async () => {
  const bootstrap = await kafkaBrokers();
  const topics = await createFilterTopics(bootstrap, { partitions: 1 });
  const send = await connectTestProducer(bootstrap);
  const filter = await startTestFilter(toFilterEnv(bootstrap, topics));
  await whenReady(filter);

  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({
    transactionalId: randomUUID(),
    maxInFlightRequests: 1,
    idempotent: true,
    transactionTimeout: 120_000,
  });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  const transaction = await producer.transaction();
  const event = (entity: string) => toEventMessage({ entity, revision: 1n }, 1);
  await transaction.send({ topic: topics.events, messages: [event('open')] });
  await send(topics.events, ['a', 'b', 'c'].map(event));

  await waitUntil(async () => (await filter.metric(lag)) === 4, { timeoutMs: 20_000, what: 'four wait' });
  const verbose = async () => (await fetch(`${filter.managementUrl}/readyz?verbose`)).text();
  await waitUntil(async () => /0 has not moved for \d+ s while 4 records wait/.test(await verbose()), {
    timeoutMs: 40_000,
    what: 'readiness says that nothing moves',
  });
  expect((await fetch(`${filter.managementUrl}/readyz`)).status).toBe(503);

  await transaction.abort();
  await whenFiltered(filter, 3);
  await whenReady(filter);
  await waitUntil(async () => (await filter.metric(lag)) === 0, { timeoutMs: 20_000, what: 'none waits' });
});
