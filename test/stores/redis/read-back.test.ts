import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RedisReadBack } from '../../../src/stores/redis/read-back.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { createRedisConfig } from '../../support/redis/redis-sink.ts';
import { startRespServer } from '../../support/redis/resp-server.ts';

const records = [{ topic: 'events', key: 'k', value: Buffer.from('v'), headers: {} }];

test('a reading that ends while its connection is made leaves none', () =>
  inVirtualTime(async () => {
    const server = await startRespServer();
    const stop = new AbortController();
    const reads: Promise<unknown>[] = [];
    const readBack = new RedisReadBack(createRedisConfig(server.url), {
      ...{ isDue: true, signal: stop.signal },
      take: (record) => reads.push(record.readBack()),
    });
    readBack.choose([{ records }])?.take('events', ['1-1']);
    server.accept = () => stop.abort();
    await expect(reads[0]).rejects.toThrow('the connection was closed');
    await delay(1_000);
    expect([server.connections(), server.openConnections()]).toEqual([1, 0]);
  }));
