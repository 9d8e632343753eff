import { readRedisAccess } from './redis-access.ts';
import { createRedisClient, type RedisClient } from './redis-client.ts';
import type { RedisConnectionConfig } from './redis-connection.ts';

const connectTimeoutMs = 5_000;

/** A connection for a command, which ends with an error when it fails. @throws {RedisError} */
export async function openRedis(config: Pick<RedisConnectionConfig, 'url' | 'tls'>): Promise<RedisClient> {
  const client = createRedisClient(readRedisAccess(config), { connectTimeoutMs });
  await client.connect();
  return client;
}
