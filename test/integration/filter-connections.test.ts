import { expect, test } from 'vitest';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { freePorts } from '../support/free-ports.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { countConnections } from '../support/open-connections.ts';
import { startCommand } from '../support/receiver-process.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Twelve for partitions, one each for the group, the ends of logs, the coordinators and the cluster. */
const most = 16;

test('the filter has no more connections with many partitions than with few', async () => {
  const partitions = 60;
  const bootstrap = await kafkaBrokers();
  const topics = await createFilterTopics(bootstrap, { partitions });
  const [management] = await freePorts(1);
  const { child, stderr } = startCommand(['filter'], {
    ...toFilterEnv(bootstrap, topics),
    MANAGEMENT_PORT: String(management),
  });
  const ready = () => fetch(`http://127.0.0.1:${management}/readyz`).then(({ ok }) => ok);
  await waitUntil(ready, { timeoutMs: 60_000, what: `the filter is ready\n${stderr()}` });
  const send = await connectTestProducer(bootstrap);
  const entities = Array.from({ length: 500 }, (_, index) => `entity-${index}`);
  await send(
    topics.events,
    entities.map((entity) => toEventMessage({ entity, revision: 1n }, partitions)),
  );
  expect(await readCommitted({ bootstrap, topic: topics.latest }, 500)).toHaveLength(500);

  const ports = bootstrap.split(',').map((address) => Number(address.slice(address.lastIndexOf(':') + 1)));
  for (const count of countConnections(child.pid ?? 0, ports).values()) {
    expect(count).toBeLessThanOrEqual(most);
  }
});
