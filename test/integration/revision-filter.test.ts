import { beforeAll, describe, expect, test } from 'vitest';
import { type EntityEvent, toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, type TestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { readCommitted, readTopic, type StoredRecord } from '../support/kafka/read-topic.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { waitUntil } from '../support/wait-until.ts';

const partitions = 3;
const past2to53 = 2n ** 53n;

let bootstrap: string;

beforeAll(async () => {
  bootstrap = await kafkaBrokers();
});

/** Reads committed records with kcat, an independent client. Returns `entity revision` of each record, by partition. */
async function readStates(topic: string, count: number): Promise<string[]> {
  const records = await readCommitted({ bootstrap, topic }, count);
  return records.toSorted(byPartition).map(({ key, headers }) => `${String(key)} ${headers.revision ?? '-'}`);
}

function byPartition(a: StoredRecord, b: StoredRecord): number {
  return a.partition - b.partition || a.offset - b.offset;
}

/** Returns the number of restored entities in each partition. */
function listRestored({ log }: TestFilter): number[] {
  return log.lines.filter(({ msg }) => msg === 'restored').map(({ entities }) => Number(entities));
}

const toMessages = (events: readonly EntityEvent[]) =>
  events.map((event) => toEventMessage(event, partitions));

describe('the revision filter on a real Kafka', () => {
  test('forwards states that move forward, byte for byte and under the same key', async () => {
    const topics = await createFilterTopics(bootstrap, { partitions });
    const send = await connectTestProducer(bootstrap);
    await send(
      topics.events,
      toMessages([
        { entity: 'a', revision: 1n },
        { entity: 'a', revision: 3n },
        { entity: 'b', revision: past2to53 + 1n },
        { entity: 'a', revision: 2n },
        { entity: 'b', revision: past2to53 },
        { entity: 'a', revision: 3n },
        { entity: 'b', revision: past2to53 + 2n },
      ]),
    );
    const filter = await startTestFilter(toFilterEnv(bootstrap, topics));
    await whenFiltered(filter, 7);
    await whenReady(filter);

    const states = await readCommitted({ bootstrap, topic: topics.latest }, 4);
    const sent = await readTopic({ bootstrap, topic: topics.events });
    expect((await readStates(topics.latest, 4)).toSorted()).toEqual(
      ['a 1', 'a 3', `b ${past2to53 + 1n}`, `b ${past2to53 + 2n}`].toSorted(),
    );
    for (const { partition, key, value, headers, timestampMs } of states) {
      const source = sent.find((record) => record.headers.ce_id === headers.ce_id);
      expect({ partition, key, value, headers, timestampMs }).toEqual({
        partition: source?.partition,
        key: source?.key,
        value: source?.value,
        headers: source?.headers,
        timestampMs: source?.timestampMs,
      });
    }
    const metrics = await (await fetch(`${filter.managementUrl}/metrics`)).text();
    expect(metrics).toContain('records_total{outcome="forwarded"} 4');
    expect(metrics).toContain('records_total{outcome="obsolete"} 2');
    expect(metrics).toContain('records_total{outcome="duplicate"} 1');
    expect(await filter.metric('comapi_webhook_filter_tracked_entities')).toBe(2);
    // The series is absent until the end offsets of the partitions are known.
    await expect
      .poll(async () => (await fetch(`${filter.managementUrl}/metrics`)).text())
      .toMatch(/comapi_webhook_filter_lag_records\{partition="\d"\} 0/);
    // The gauge is updated only from time to time.
    await expect.poll(() => filter.metric('comapi_webhook_filter_lag_records')).toBe(0);
  });

  test('goes on where it stopped, with its state read back', async () => {
    const topics = await createFilterTopics(bootstrap, { partitions });
    const send = await connectTestProducer(bootstrap);
    const env = toFilterEnv(bootstrap, topics);
    const before = Array.from({ length: 200 }, (_, n) => ({ entity: `e${n}`, revision: 5n }));
    await send(topics.events, toMessages(before));
    const first = await startTestFilter(env);
    await whenFiltered(first, 200);
    await first.stop();

    const again = before.flatMap(({ entity }) => [5n, 4n, 6n].map((revision) => ({ entity, revision })));
    await send(topics.events, toMessages(again));
    const second = await startTestFilter(env);
    await whenFiltered(second, 600);
    expect(listRestored(second).reduce((sum, count) => sum + count, 0)).toBe(200);
    expect((await readStates(topics.latest, 400)).toSorted()).toEqual(
      before.flatMap(({ entity }) => [`${entity} 5`, `${entity} 6`]).toSorted(),
    );
  });

  test('puts what it cannot read on the dead-letter topic and goes on', async () => {
    const latestConfigs = { 'max.message.bytes': '2000', 'message.timestamp.before.max.ms': '3600000' };
    const topics = await createFilterTopics(bootstrap, { partitions, latestConfigs });
    const send = await connectTestProducer(bootstrap);
    const tooOld = toEventMessage(
      { entity: 'old', revision: 1n, timestampMs: Date.now() - 7_200_000 },
      partitions,
    );
    const tooLarge = toEventMessage({ entity: 'large', revision: 1n }, partitions);
    await send(topics.events, [
      { key: 'x', partition: 0, value: 'no json' },
      { key: null, partition: 0, value: '{"revision":1}' },
      { key: 'x', partition: 0, value: null },
      { ...tooLarge, partition: 0, value: 'x'.repeat(3_000) },
      { ...toEventMessage({ entity: 'before', revision: 1n }, partitions), partition: 0 },
      { ...tooOld, partition: 0 },
      { ...toEventMessage({ entity: 'after', revision: 1n }, partitions), partition: 0 },
    ]);
    const filter = await startTestFilter(toFilterEnv(bootstrap, topics));
    await whenFiltered(filter, 7);
    expect(await readStates(topics.latest, 2)).toEqual(['before 1', 'after 1']);
    const deadLetters = await readCommitted({ bootstrap, topic: topics.deadLetter }, 5);
    expect(deadLetters.map(({ headers }) => [headers.reason, headers['source-offset']])).toEqual([
      ['not_json', '0'],
      ['no_key', '1'],
      ['no_value', '2'],
      ['too_large', '3'],
      ['rejected_by_broker', '5'],
    ]);
    const counted = 'comapi_webhook_filter_records_total';
    expect(await filter.metric(`${counted}{outcome="dead_lettered"}`)).toBe(5);
    expect(await filter.metric(counted)).toBe(7);
    expect(deadLetters[0]?.value?.toString()).toBe('no json');
    expect(deadLetters[3]?.value).toHaveLength(3_000);
    expect(deadLetters[3]?.headers).toMatchObject({ webhook: 'webhook', 'source-topic': topics.events });
  });

  test('several processes share the partitions, and the others take over from one that leaves', async () => {
    const topics = await createFilterTopics(bootstrap, { partitions: 6 });
    const send = await connectTestProducer(bootstrap);
    const env = toFilterEnv(bootstrap, topics);
    const first = await startTestFilter(env);
    await whenReady(first);
    const second = await startTestFilter(env);
    await waitUntil(() => listRestored(first).length === 6 && listRestored(second).length === 3, {
      timeoutMs: 20_000,
      what: 'half of the partitions have moved, and no more',
    });
    const events = Array.from({ length: 300 }, (_, n) => ({ entity: `e${n % 100}`, revision: BigInt(n) }));
    await send(
      topics.events,
      events.map((event) => toEventMessage(event, 6)),
    );
    await second.stop();
    const rest = events.map(({ entity, revision }) => ({ entity, revision: revision + 300n }));
    await send(
      topics.events,
      rest.map((event) => toEventMessage(event, 6)),
    );
    expect((await readStates(topics.latest, 600)).toSorted()).toEqual(
      [...events, ...rest].map(({ entity, revision }) => `${entity} ${revision}`).toSorted(),
    );
  });
});
