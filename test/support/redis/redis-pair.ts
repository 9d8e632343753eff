import { waitUntil } from '../wait-until.ts';
import { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';

/** A primary with one replica that has caught up. */
export interface RedisPair {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  stop(): Promise<void>;
}

export async function startRedisPair(options: Pick<RedisServerOptions, 'config'> = {}): Promise<RedisPair> {
  const { config } = options;
  const primary = await startRedisServer(options);
  const replica = await startRedisServer({
    config: { ...config, replicaof: `127.0.0.1 ${primary.port}` },
  });
  await waitUntil(
    async () => {
      // The first answer for a sync to disk comes a second after the replica is there.
      const [, count] = (await primary.ask('WAITAOF', '0', '1', '200')) as number[];
      return count === 1 || (config?.appendonly === 'no' && (await isOnline(primary)));
    },
    { timeoutMs: 30_000, what: 'the replica has what the primary has' },
  );
  return {
    primary,
    replica,
    async stop() {
      await Promise.all([primary.stop(), replica.stop()]);
    },
  };
}

async function isOnline(primary: RedisServer): Promise<boolean> {
  return String(await primary.ask('INFO', 'replication')).includes('state=online');
}
