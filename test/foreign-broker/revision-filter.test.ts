import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { deadlineIn } from '../support/deadline-in.ts';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { createRecord, createTestSink } from '../support/kafka-sink.ts';
import { install } from './installation.ts';
import { buildKfake, type ForeignBrokers } from './start-kfake.ts';

beforeAll(async () => {
  await buildKfake();
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

  test('puts a batch that says zstd and is none aside, with its bytes, and goes on behind it', async () => {
    const compressed = Buffer.from('none');
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
