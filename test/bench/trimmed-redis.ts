import { startRedisServer } from '../support/redis/redis-server.ts';

const maxEntries = '20000';
const trimIntervalMs = 100;

/** Starts a Redis server for a receiver under load. Its streams are trimmed, as Kafka topics with retention are. */
export async function startTrimmedRedis(topic: string) {
  const server = await startRedisServer();
  const probe = await server.connect();
  const timer = setInterval(
    () => void probe.call('XTRIM', topic, 'MAXLEN', '~', maxEntries).catch(() => undefined),
    trimIntervalMs,
  );
  return {
    env: { REDIS_URL: server.url, REDIS_STREAM: topic },
    async stop() {
      clearInterval(timer);
      probe.close();
      await server.stop();
    },
  };
}
