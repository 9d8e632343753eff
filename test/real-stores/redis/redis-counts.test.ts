import { afterAll, beforeAll, test } from 'vitest';
import { type ProviderApiServer, startProviderApiServer } from '../../support/provider-api-server.ts';
import { countsTimeoutMs, proveCounts } from '../../support/reconcile-counts.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';

let provider: ProviderApiServer;
let server: RedisServer;

beforeAll(async () => {
  provider = await startProviderApiServer();
  server = await startRedisServer();
});
afterAll(async () => {
  await provider.close();
  await server.stop();
});

test(
  'counts on Redis: every event that is missing is found, and no other',
  async () => {
    await proveCounts(provider, { REDIS_URL: server.url, REDIS_STREAM_COUNT: '3' });
  },
  countsTimeoutMs,
);
