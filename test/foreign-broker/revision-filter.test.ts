import { beforeAll, describe, expect, test } from 'vitest';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { install } from './installation.ts';
import { buildKfake } from './start-kfake.ts';

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
    // The latest revision comes first, so the revisions after it are obsolete.
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

  test('notices that the events topic was recreated', async () => {
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
});
