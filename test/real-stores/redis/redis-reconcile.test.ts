import { afterAll, beforeAll, test } from 'vitest';
import { type ProviderApiServer, startProviderApiServer } from '../../support/provider-api-server.ts';
import { messagesTimeoutMs, proveMessages } from '../../support/reconcile-messages.ts';
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
  'names on Redis: each missing state of 5,000 messages is found, and no other',
  async () => {
    const env = { REDIS_URL: server.url, REDIS_STREAM_COUNT: '3' };
    await proveMessages(provider, env, { topic: 'comapi.events' });
  },
  messagesTimeoutMs,
);
