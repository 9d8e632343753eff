import { expect, onTestFinished, test } from 'vitest';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { startRedisPair } from '../../support/redis/redis-pair.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { createRedisConfig, startRedisSink } from '../../support/redis/redis-sink.ts';

const soon = () => deadlineIn(5_000);

async function start(config: Record<string, string>) {
  const server = await startRedisServer({ config });
  onTestFinished(() => server.stop());
  return server;
}

test.each([
  ['appendonly', 'no append-only file'],
  ['appendfsync', 'never says when a write is on disk (appendfsync no)'],
])('a server with %s no is refused with the reason, and gets no record', async (name, text) => {
  const server = await start({ [name]: 'no' });
  const { sink, log } = startRedisSink(createRedisConfig(server.url));
  await expect.poll(() => sink.health().detail).toContain(text);
  await expect(sink.append([createRecord('events', 'a')], deadlineIn(1_000))).rejects.toThrow();
  await expect.poll(log.text).toContain(text);
  expect(await server.ask('EXISTS', 'events')).toBe(0);
});

test('a server without an append-only file is taken with REDIS_MEMORY_ONLY, and warned of', async () => {
  const server = await start({ appendonly: 'no' });
  const { sink, started, log, registry } = startRedisSink(
    createRedisConfig(server.url, { memoryOnly: true }),
  );
  await started;
  expect(await sink.append([createRecord('events', 'a')], soon())).toEqual([]);
  await expect.poll(log.text).toContain('what is acknowledged is lost when it restarts');
  expect(await registry.metrics()).toContain('comapi_webhook_redis_topic_weakness{topic="events"} 1\n');
});

test('with REDIS_MEMORY_ONLY replicas are asked for their memory', async () => {
  const { primary, replica, stop } = await startRedisPair({ config: { appendonly: 'no' } });
  onTestFinished(stop);
  const config = createRedisConfig(primary.url, { memoryOnly: true, replicas: 1 });
  const { sink, started } = startRedisSink(config);
  await started;
  expect(await sink.append([createRecord('events', 'a')], soon())).toEqual([]);
  expect(await replica.ask('XLEN', 'events')).toBe(1);
  await replica.kill9();
  await expect(sink.append([createRecord('events', 'a')], soon())).rejects.toThrow();
});

test('weakness and growth are metrics', async () => {
  const server = await start({ maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' });
  const settings = { checkIntervalMs: 100 };
  const { sink, started, registry, log } = startRedisSink(createRedisConfig(server.url), settings);
  await started;
  await sink.append(
    [1, 2, 3].map(() => createRecord('events', 'a')),
    soon(),
  );
  await expect
    .poll(() => registry.metrics())
    .toContain('comapi_webhook_redis_stream_length{stream="events"} 3\n');
  const text = await registry.metrics();
  expect(text).toContain('comapi_webhook_redis_memory_limit_bytes 104857600\n');
  expect(text).toMatch(/comapi_webhook_redis_memory_used_bytes \d{6,}\n/);
  expect(text).toContain('comapi_webhook_redis_replicas 0\n');
  expect(text).toContain('comapi_webhook_redis_topic_weakness{topic="events"} 1\n');
  expect(log.text()).toContain('deletes whole streams');
  // It is said once, not each time.
  expect(log.lines.filter(({ msg }) => String(msg).includes('deletes whole streams'))).toHaveLength(1);
});

test('a server that demands replicas itself is answered 503 with its words, and goes on when it has them', async () => {
  const server = await start({ 'min-replicas-to-write': '1' });
  const { sink, started } = startRedisSink(createRedisConfig(server.url));
  await started;
  await expect(sink.append([createRecord('events', 'a')], soon())).rejects.toThrow();
  await expect.poll(() => sink.health().detail).toContain('NOREPLICAS Not enough good replicas to write');
  await server.ask('CONFIG', 'SET', 'min-replicas-to-write', '0');
  await expect.poll(() => sink.health().up).toBe(true);
  expect(await sink.append([createRecord('events', 'a')], soon())).toEqual([]);
});
