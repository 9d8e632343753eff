import { type RedisAccessConfig, readRedisAccess } from './redis-access.ts';
import { createRedisClient, type RedisClient } from './redis-client.ts';
import { RedisError } from './redis-error.ts';

const connectTimeoutMs = 5_000;
/** A page may have 500 entries, each as large as a server takes them here. */
const pageTimeoutMs = 10_000;
const factTimeoutMs = 5_000;

/** A connection on which every answer must come in time. @throws {RedisError} */
export async function openRedis(
  config: RedisAccessConfig,
  answerTimeoutMs = pageTimeoutMs,
): Promise<RedisClient> {
  const access = await readRedisAccess(config, connectTimeoutMs);
  const client = createRedisClient(access, connectTimeoutMs);
  let waiting = 0;
  let movedAt = 0;
  const watch = setInterval(() => {
    if (waiting > 0 && performance.now() - movedAt > answerTimeoutMs) {
      client.close(new RedisError('timeout', `no answer within ${answerTimeoutMs} ms`));
    }
  }, 1_000).unref();
  client.onEnd(() => clearInterval(watch));

  async function track<T>(answer: Promise<T>): Promise<T> {
    movedAt = waiting === 0 ? performance.now() : movedAt;
    waiting += 1;
    try {
      return await answer;
    } finally {
      waiting -= 1;
      movedAt = performance.now();
    }
  }

  await client.connect();
  return {
    ...client,
    call: (args) => track(client.call(args)),
    callForBytes: (args) => track(client.callForBytes(args)),
  };
}

/** Connects for one piece of work, whose answers are short. @throws {RedisError} */
export async function withRedis<T>(
  config: RedisAccessConfig,
  work: (client: RedisClient) => Promise<T>,
): Promise<T> {
  const client = await openRedis(config, factTimeoutMs);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
