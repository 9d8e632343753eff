import { expect, test } from 'vitest';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { loadContracts, type RecordKind, toContractRecord } from '../contracts/contracts.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { readCommitted, type StoredRecord } from '../support/kafka/read-topic.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

const contracts = loadContracts();

test('every record that the receiver and the filter store is as its contract says', async () => {
  const bootstrap = await kafkaBrokers();
  const topics = await createFilterTopics(bootstrap, { partitions: 3 });
  const env = {
    KAFKA_BROKERS: bootstrap,
    KAFKA_TOPIC: topics.events,
    KAFKA_DEAD_LETTER_TOPIC: topics.deadLetter,
    WEBHOOK_SECRET: testSecret,
    RECORD_HEADERS: 'environment=test,ce_tenant=acme',
  };
  const receiver = await startTestReceiver({ env });
  await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);
  const filter = await startTestFilter(toFilterEnv(bootstrap, topics));

  const simulate = [
    'simulate',
    '--as-provider',
    '--url',
    `${receiver.url}/webhook`,
    '--seed',
    '7',
    '--batch-size',
    '50',
  ];
  expect((await runCommand([...simulate, '--count', '1000'], env)).code).toBe(0);
  for (const body of [
    '{"not": json',
    '[1,{"name":"message.read"}]',
    '{"eventId":"only-an-id","revision":3}',
  ]) {
    const headers = {
      'x-comapi-signature': signBody(Buffer.from(body), testSecret),
      traceparent: `00-${'a1'.repeat(16)}-${'b2'.repeat(8)}-01`,
    };
    expect((await fetch(`${receiver.url}/webhook`, { method: 'POST', body, headers })).status).toBe(200);
  }
  // The receiver did not write this record, so the filter must write a dead letter for it.
  const send = await connectTestProducer(bootstrap);
  await send(topics.events, [{ key: 'm', value: 'no json', partition: 0 }]);
  const filtered = () => filter.metric('comapi_webhook_filter_records_total');
  await waitUntil(async () => (await filtered()) >= 1_002, { timeoutMs: 30_000, what: 'all is filtered' });

  const deadLetters = await readCommitted({ bootstrap, topic: topics.deadLetter }, 4);
  const byFilter = deadLetters.filter(({ headers }) => headers['source-topic'] !== undefined);
  const own = deadLetters.filter(({ headers }) => headers['source-topic'] === undefined);
  expect([own.length, byFilter.length]).toEqual([3, 1]);
  const events = await readCommitted({ bootstrap, topic: topics.events }, 1_002);
  const latest = await readCommitted({ bootstrap, topic: topics.latest }, 100);

  const byReceiver = [...events.filter(({ headers }) => headers.ce_specversion !== undefined), ...own];
  for (const { headers } of [...byReceiver, ...latest]) {
    expect(headers).toMatchObject({ environment: 'test', ce_tenant: 'acme' });
  }
  expectAsContracted(
    'event',
    events.filter(({ headers }) => headers.ce_specversion !== undefined),
    1_001,
  );
  expectAsContracted('latest', latest, 100);
  expectAsContracted('deadLetter', own, 3);
  expectAsContracted('filterDeadLetter', byFilter, 1);
  for (const { headers, value } of events) {
    if (headers.ce_specversion !== undefined && headers.ce_id !== 'only-an-id') {
      expect(contracts.checkEvent(JSON.parse(String(value)))).toEqual([]);
    }
  }
});

function expectAsContracted(kind: RecordKind, records: readonly StoredRecord[], atLeast: number): void {
  expect(records.length).toBeGreaterThanOrEqual(atLeast);
  for (const record of records) {
    const described = toContractRecord(kind, record);
    expect({ described, errors: contracts.checkRecord(kind, described) }).toEqual({ described, errors: [] });
  }
}
