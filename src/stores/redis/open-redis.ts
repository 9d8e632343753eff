import { type RedisAccessConfig, readRedisAccess } from './redis-access.ts';
import { createRedisClient, type RedisClient } from './redis-client.ts';
import { RedisError } from './redis-error.ts';

const connectTimeoutMs = 5_000;
/** Time limit in milliseconds for the response to a page, which may contain 500 large entries. */
const pageTimeoutMs = 10_000;
const infoTimeoutMs = 5_000;

/** Opens a connection that closes if a response takes too long. @throws {RedisError} */
export async function openRedis(
  config: RedisAccessConfig,
  answerTimeoutMs = pageTimeoutMs,
): Promise<RedisClient> {
  const access = await readRedisAccess(config, connectTimeoutMs);
  const client = createRedisClient(access, connectTimeoutMs);
  let waitingCount = 0;
  let lastProgressAt = 0;
  const progressTimer = setInterval(() => {
    if (waitingCount > 0 && performance.now() - lastProgressAt > answerTimeoutMs) {
      client.close(new RedisError('timeout', `the server did not respond within ${answerTimeoutMs} ms`));
    }
  }, 1_000).unref();
  client.onEnd(() => clearInterval(progressTimer));

  async function trackPendingAnswer<T>(answer: Promise<T>): Promise<T> {
    lastProgressAt = waitingCount === 0 ? performance.now() : lastProgressAt;
    waitingCount += 1;
    try {
      return await answer;
    } finally {
      waitingCount -= 1;
      lastProgressAt = performance.now();
    }
  }

  await client.connect();
  return {
    ...client,
    call: (args) => trackPendingAnswer(client.call(args)),
    callForBytes: (args) => trackPendingAnswer(client.callForBytes(args)),
  };
}

/** Runs commands with short responses on a new connection, and closes the connection afterwards. @throws {RedisError} */
export async function withRedis<T>(
  config: RedisAccessConfig,
  work: (client: RedisClient) => Promise<T>,
): Promise<T> {
  const client = await openRedis(config, infoTimeoutMs);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
