import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { receiverDashboard } from '../../../charts/generate/dashboards/receiver-dashboard.ts';
import { storeRow } from '../../../charts/generate/dashboards/store-row.ts';
import { declareQueue, quorum } from '../../support/rabbitmq/declare-queue.ts';
import { startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { startReceiverProcess } from '../../support/receiver-process.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { startPrometheus } from './prometheus.ts';
import { highestValue, queryPanels } from './query-panels.ts';
import { startTraffic } from './receiver-traffic.ts';

const secret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';
const labels = { namespace: 'messaging', job: 'events-receiver-metrics' };

/** A server of the store that the test can stop. */
interface Server {
  /** Freezes the server: connections stay open, and requests get no response. */
  pause(): void;
  kill9(): Promise<void>;
  start(): Promise<void> | void;
}

test('every query of the row of the store returns data with Redis of a receiver whose server was unavailable', async () => {
  const redis = await startRedisServer({ config: { maxmemory: '500mb' } });
  onTestFinished(() => redis.stop());
  expect(await emptyQueries({ REDIS_URL: redis.url }, redis)).toEqual([]);
});

test('every query of the row of the store returns data with RabbitMQ of a receiver whose server was unavailable', async () => {
  const cluster = await startRabbitMqCluster({ nodes: 1 });
  onTestFinished(() => cluster.stop());
  for (const queue of ['comapi.events', 'comapi.events.dead-letter']) {
    await declareQueue(cluster.url, queue, quorum);
  }
  const node = cluster.nodes[0] as Server;
  expect(await emptyQueries({ RABBITMQ_URL: cluster.url }, node)).toEqual([]);
});

/**
 * Runs a receiver with traffic and an outage. Returns the queries of the dashboard row that have no data, except
 * queries on Kafka's own metrics.
 */
async function emptyQueries(store: Readonly<Record<string, string>>, server: Server): Promise<string[]> {
  const receiver = await startReceiverProcess({
    ...{ WEBHOOK_SECRET: secret, WEBHOOK_PATH: '/messages' },
    ...store,
  });
  const target = { address: new URL(receiver.managementUrl).host, labels };
  const prometheus = await startPrometheus([target]);
  onTestFinished(() => prometheus.stop());
  const from = Date.now() / 1000;
  const traffic = startTraffic({ url: receiver.url, paths: ['/messages'], secrets: [secret, secret] });
  await delay(6_000);
  // Pausing the server first ensures that requests are in flight when it is killed.
  server.pause();
  await delay(500);
  await server.kill9();
  await delay(4_000);
  await server.start();
  await delay(6_000);
  await traffic.stop();
  const spec = { ...receiverDashboard, rows: [storeRow] };
  const drawn = await queryPanels(spec, prometheus, { from, to: Date.now() / 1000, labels });
  // This series exists from the start, so its rate shows the increase during the outage.
  expect(highestValue(drawn, 'Retried records by cause')).toBeGreaterThan(0);
  return drawn
    .filter(({ series, expr }) => series.length === 0 && !expr.includes('_kafka_'))
    .map(({ title, expr }) => `${title}: ${expr}`);
}
