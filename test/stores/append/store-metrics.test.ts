import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createKafkaSinkMetrics } from '../../../src/stores/kafka/produce/kafka-sink-metrics.ts';
import { createRabbitMqMetrics } from '../../../src/stores/rabbitmq/classify-result.ts';
import { createRedisMetrics } from '../../../src/stores/redis/redis-sink.ts';

const connection = ['connection', 'timeout', 'protocol'];

test.each([
  {
    store: 'kafka',
    create: createKafkaSinkMetrics,
    retried: [
      ...[...connection, 'authentication', 'answer_check', 'stale_leader', 'leader_moved'],
      ...['not_enough_replicas', 'replication_timeout', 'broker_error'],
    ],
  },
  {
    store: 'rabbitmq',
    create: createRabbitMqMetrics,
    retried: [...connection, 'refused'],
  },
  {
    store: 'redis',
    create: createRedisMetrics,
    retried: [
      ...['connection', 'timeout', 'login', 'role', 'busy'],
      ...['unsynced', 'unconfirmed', 'memory', 'disk', 'server'],
    ],
  },
])(
  '$store: every cause is a series at 0 from the start, so that its first increment has a rate',
  async ({ create, retried }) => {
    const registry = new Registry();
    create(registry);
    const text = await registry.metrics();
    const started = (name: string) => {
      const line = new RegExp(`^comapi_webhook_store_${name}\\{cause="(\\w+)"\\} 0$`, 'gm');
      return new Set([...text.matchAll(line)].map(([, cause]) => cause));
    };
    expect(started('retried_records_total')).toEqual(new Set(retried));
    expect(started('connections_rebuilt_total')).toEqual(
      new Set([...connection, 'authentication', 'answer_check']),
    );
  },
);

test('a circuit is a series from when its way is opened, and another way to the same does not close it', async () => {
  const registry = new Registry();
  const metrics = createKafkaSinkMetrics(registry);
  const state = async (): Promise<string | undefined> => {
    const line = /^comapi_webhook_store_circuit_state\{to="1"\} (\d)$/m;
    return line.exec(await registry.metrics())?.[1];
  };
  expect(await state()).toBeUndefined();
  metrics.laneOpened(1);
  expect(await state()).toBe('0');
  metrics.circuitChanged(1, 'open');
  metrics.laneOpened(1);
  expect(await state()).toBe('2');
});
