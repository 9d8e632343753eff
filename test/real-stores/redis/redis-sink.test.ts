import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { readStream } from '../../support/redis/redis-probe.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';
import { createRedisConfig, startRedisSink } from '../../support/redis/redis-sink.ts';

let server: RedisServer;

beforeAll(async () => {
  server = await startRedisServer();
});

afterAll(() => server.stop());

const soon = () => deadlineIn(5_000);

async function storedIn(stream: string) {
  const probe = await server.connect();
  const entries = await readStream(probe, stream);
  probe.close();
  return entries;
}

describe('createRedisSink', () => {
  test('stores key, value and headers of a record as the fields of one entry', async () => {
    await server.ask('FLUSHALL');
    const { sink, started } = startRedisSink(createRedisConfig(server.url));
    await started;
    const record = createRecord('events', 'entity-ä', 10);
    expect(await sink.append([record], soon())).toEqual([]);
    const { ce_id } = record.headers;
    expect((await storedIn('events')).map(({ fields }) => fields)).toEqual([
      [
        ...['key', 'entity-ä', 'value', record.value.toString()],
        ...['ce_id', ce_id, 'ce_type', 'message.sent', 'content-type', 'application/json'],
      ],
    ]);
  });

  test('stores bytes that are not UTF-8 as they are, and a dead letter without a key', async () => {
    await server.ask('FLUSHALL');
    const { sink, started } = startRedisSink(createRedisConfig(server.url));
    await started;
    const value = Buffer.from([0xff, 0x00, 0xfe, 0x0d, 0x0a]);
    await sink.append(
      [{ topic: 'events.dead-letter', key: null, value, headers: { reason: 'not_json' } }],
      soon(),
    );
    expect(await server.ask('XLEN', 'events.dead-letter')).toBe(1);
    const found = await server.ask('XRANGE', 'events.dead-letter', '-', '+');
    expect(JSON.stringify(found)).toContain('"value","\ufffd\\u0000\ufffd\\r\\n","reason","not_json"');
  });

  test('shares the events among the streams as Kafka would among partitions', async () => {
    await server.ask('FLUSHALL');
    const { sink, started } = startRedisSink(createRedisConfig(server.url, { streamCount: 3 }));
    await started;
    const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
    await sink.append(
      keys.map((key) => createRecord('events', key)),
      soon(),
    );
    for (const partition of [0, 1, 2]) {
      const stored = (await storedIn(`events.${partition}`)).map(({ fields }) => fields[1]);
      expect(stored).toEqual(keys.filter((key) => partitionFor(key, 3) === partition));
    }
  });

  test('answers many appends at once with few requests', async () => {
    await server.ask('FLUSHALL');
    const { sink, started, registry } = startRedisSink(createRedisConfig(server.url));
    await started;
    await Promise.all(
      Array.from({ length: 500 }, () => sink.append([createRecord('events', 'one')], soon())),
    );
    expect(await server.ask('XLEN', 'events')).toBe(500);
    const text = await registry.metrics();
    expect(text).toMatch(/comapi_webhook_store_produced_records_total\{to="redis:.*"\} 500\n/);
    const [, requests] = /produce_duration_seconds_count\{.*\} (\d+)\n/.exec(text) ?? [];
    expect(Number(requests)).toBeLessThan(20);
  });

  test('with appendfsync everysec an answer waits for the sync, and every record is there after kill -9', async () => {
    const slow = await startRedisServer({ config: { appendfsync: 'everysec' } });
    try {
      const { sink, started } = startRedisSink(createRedisConfig(slow.url));
      await started;
      for (let i = 0; i < 3; i += 1) {
        await sink.append([createRecord('events', 'one')], soon());
      }
      await slow.kill9();
      await slow.start();
      expect(await slow.ask('XLEN', 'events')).toBe(3);
    } finally {
      await slow.stop();
    }
  });
});
