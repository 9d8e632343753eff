import { afterAll, describe, expect, inject, test } from 'vitest';
import { startRabbitMqCluster } from '../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../support/rabbitmq/read-queue.ts';
import { startRedisServer } from '../support/redis/redis-server.ts';
import { baseValues, livePods, newTopics, quickEnd, signingSecret } from './support/deploy.ts';
import { useNamespace } from './support/namespace.ts';
import { type Relay, startRelay } from './support/relay.ts';

const namespace = useNamespace('stores');
const { hostAddress } = inject('cluster');
const { kafka: _, store: __, ...ownValues } = baseValues(newTopics());
const relays: Relay[] = [];
afterAll(() => {
  for (const relay of relays) {
    relay.close();
  }
});

/** Lets the pods reach a store of this machine, and puts its URL into a Secret. */
async function offer(name: string, url: string): Promise<void> {
  const own = new URL(url);
  const relay = await startRelay(hostAddress, Number(own.port));
  relays.push(relay);
  own.host = `${hostAddress}:${relay.port}`;
  await namespace.apply(signingSecret(), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData: { url: own.href },
  });
}

async function installAndTest(release: string, values: object): Promise<void> {
  await namespace.helm(['install', release, '--wait', '--timeout=120s'], {
    ...ownValues,
    topics: { create: true },
    ...values,
  });
  const pods = await livePods(namespace, 'receiver');
  const own = pods.filter(({ metadata }) => metadata.labels['app.kubernetes.io/instance'] === release);
  expect(own).toHaveLength(2);
  const said = await namespace.helm(['test', release, '--timeout=60s', '--logs']);
  expect(said).toContain('200 {"accepted":1,"deadLettered":0}');
}

describe('a release stores an event', () => {
  test('in a stream of Redis', async () => {
    const redis = await startRedisServer();
    try {
      await offer('redis', redis.url);
      await installAndTest('redis', { redis: { existingSecret: 'redis' } });
      expect(await redis.ask('XLEN', 'comapi.events')).toBe(1);
    } finally {
      await redis.stop();
    }
  });

  test('in a queue of RabbitMQ that its job has made', async () => {
    // Without a name it asks the name server for its host, which takes 5 s where none answers, for each connection.
    const cluster = await startRabbitMqCluster({ nodes: 1, configuration: ['cluster_name = stores'] });
    try {
      await offer('rabbitmq', cluster.url);
      await installAndTest('rabbit', {
        rabbitmq: { existingSecret: 'rabbitmq' },
        env: { ...quickEnd, RABBITMQ_QUEUE_COUNT: 2 },
      });
      const messages = (
        await Promise.all([0, 1].map((queue) => drainQueue(cluster.url, `comapi.events.${queue}`)))
      ).flat();
      expect(messages).toHaveLength(1);
      const [message] = messages;
      expect(JSON.parse(message?.content.toString() ?? '')).toHaveProperty('eventId');
    } finally {
      await cluster.stop();
    }
  });
});
