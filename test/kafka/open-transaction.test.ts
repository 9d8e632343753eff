import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, type TestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { launchCommand, runCommand } from '../support/run-command.ts';
import { waitUntil } from '../support/wait-until.ts';

async function setUp() {
  const bootstrap = await kafkaBrokers();
  const topics = await createFilterTopics(bootstrap, { partitions: 1 });
  const produce = await connectTestProducer(bootstrap);
  return {
    ...{ bootstrap, topics, env: toFilterEnv(bootstrap, topics) },
    send: (entity: string, ...revisions: bigint[]) =>
      produce(
        topics.events,
        revisions.map((revision) => toEventMessage({ entity, revision }, 1)),
      ),
  };
}

/** Writes one record in a transaction and leaves the transaction open. */
async function leaveOpen(
  bootstrap: string,
  topic: string,
): Promise<{ abort(): Promise<void>; commit(): Promise<void> }> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({
    ...{ transactionalId: randomUUID(), maxInFlightRequests: 1, idempotent: true },
    transactionTimeout: 300_000,
  });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ key: 'open', value: '{}', partition: 0 }] });
  return transaction;
}

const verbose = async ({ managementUrl }: TestFilter) =>
  (await fetch(`${managementUrl}/readyz?verbose`)).text();

test('states behind an open transaction keep the filter from being ready, until it ends: no obsolete state passes', async () => {
  const { bootstrap, topics, env, send } = await setUp();
  const first = await startTestFilter(env);
  await send('b', 1n);
  await whenFiltered(first, 1);
  const open = await leaveOpen(bootstrap, topics.latest);
  await send('b', 5n);
  await whenFiltered(first, 2);
  await first.stop();

  await send('b', 2n);
  const second = await startTestFilter(env);
  const says = `${topics.latest}/0: a transaction that began at offset `;
  await waitUntil(async () => (await verbose(second)).includes(says), {
    ...{ timeoutMs: 20_000, what: `readiness names the transaction\n${second.log.text()}` },
  });
  expect(await verbose(second)).toMatch(
    /began at offset (\d+) is still open and hides the records from offset \1 to \d+\..* abort --topic \S+ --partition 0 --start-offset \1/,
  );
  expect((await fetch(`${second.managementUrl}/readyz`)).status).toBe(503);
  expect(await second.metric('comapi_webhook_filter_records_total')).toBe(0);

  await open.abort();
  await whenReady(second);
  await whenFiltered(second, 1);
  const states = await readTopic({ bootstrap, topic: topics.latest, readCommitted: true });
  expect(states.map(({ headers }) => headers.revision)).toEqual(['1', '5']);
});

test('commands say what an open transaction hides, and read it when it has ended', async () => {
  const { bootstrap, topics, env, send } = await setUp();
  await send('m-1', 1n);
  const ofEvents = await leaveOpen(bootstrap, topics.events);
  const tail = launchCommand(['tail', '--since', '1h'], env);
  onTestFinished(() => tail.interrupt());
  await expect.poll(tail.stdout, { timeout: 20_000 }).toContain('"key":"m-1"');
  await send('m-1', 2n);
  const notice = new RegExp(
    `${topics.events}/0: a transaction that began at offset 1 is still open and hides the records from offset 1 to \\d`,
  );

  const found = await runCommand(['find', 'm-1', '--json'], env);
  expect(found.stderr).toMatch(notice);
  expect([found.code, JSON.parse(found.stdout).events.length]).toEqual([0, 1]);
  await send('m-2', 1n);
  for (const question of [['m-2'], ['--where', 'payload.messageId=m-2']]) {
    const hidden = await runCommand(['find', ...question], env);
    expect([hidden.code, hidden.stdout]).toEqual([2, expect.stringMatching(/^Cannot tell whether .*hides/)]);
  }
  const shown = await runCommand(['tail', '--no-follow'], env);
  expect(shown.stderr).toMatch(notice);
  expect(shown.stdout.trim().split('\n')).toHaveLength(1);
  await expect.poll(tail.stderr, { timeout: 20_000 }).toMatch(notice);

  await ofEvents.abort();
  await expect.poll(() => tail.stdout().trim().split('\n').length, { timeout: 20_000 }).toBe(3);
  const whole = await runCommand(['find', 'm-1', '--json'], env);
  expect([whole.stderr, JSON.parse(whole.stdout).events.length]).toEqual(['', 2]);
});
