import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { filterDashboard } from '../../../charts/generate/dashboards/filter-dashboard.ts';
import { toEventMessage } from '../../support/filter/event-message.ts';
import { toFilterEnv } from '../../support/filter/filter-env.ts';
import { createFilterTopics } from '../../support/filter/filter-topics.ts';
import { startTestFilter, whenReady } from '../../support/filter/test-filter.ts';
import { connectTestProducer } from '../../support/filter/test-producer.ts';
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { startPrometheus } from './prometheus.ts';
import { listEmptyQueries, queryPanels } from './query-panels.ts';

const labels = { namespace: 'messaging', job: 'events-filter-metrics' };
const partitions = 3;
const trafficMs = 10_000;
let kafka: KafkaCluster;

beforeAll(async () => {
  kafka = await startKafkaCluster({ nodes: 1 });
});
afterAll(() => kafka.stop());

test('every query of every panel returns data of a filter that met every kind of record', async () => {
  const topics = await createFilterTopics(kafka.bootstrap, { partitions });
  const filter = await startTestFilter(toFilterEnv(kafka.bootstrap, topics));
  const address = new URL(filter.managementUrl).host;
  const prometheus = await startPrometheus([{ address, labels }]);
  onTestFinished(() => prometheus.stop());
  await whenReady(filter);
  const from = Date.now() / 1000;
  const send = await connectTestProducer(kafka.bootstrap);
  for (let round = 0; Date.now() / 1000 < from + trafficMs / 1000; round += 1) {
    await send(topics.events, messagesOf(round));
    await delay(50);
  }

  const drawn = await queryPanels(filterDashboard, prometheus, { from, to: Date.now() / 1000, labels });
  expect(listEmptyQueries(drawn)).toEqual([]);
});

/** Creates newer, obsolete and repeated states, a state without a revision, and a record that is not JSON. */
function messagesOf(round: number) {
  const states = Array.from({ length: 40 }, (_, index) => {
    const revision = BigInt(Math.max(1, round - (index % 4) * (index % 3)));
    return toEventMessage({ entity: `message-${(round + index) % 600}`, revision }, partitions);
  });
  const untracked = toEventMessage({ entity: `message-${round}` }, partitions);
  const unreadable = { ...untracked, value: 'not json' };
  return [...states, ...states.slice(0, 5), untracked, ...(round % 10 === 0 ? [unreadable] : [])];
}
