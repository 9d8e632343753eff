import { waitUntil } from '../wait-until.ts';
import { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';

/** A primary with one replica that has caught up. */
export interface RedisPair {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  stop(): Promise<void>;
}

export interface RedisPairOptions extends RedisServerOptions {
  /** Stands between the two: gives the port on which the replica finds the primary. */
  readonly link?: (primaryPort: number) => Promise<number>;
}

export async function startRedisPair(options: RedisPairOptions = {}): Promise<RedisPair> {
  const primary = await startRedisServer(options);
  const { directory: _own, enter: _place, link, ...shared } = options;
  const port = (await link?.(primary.port)) ?? primary.port;
  const replica = await startRedisServer({
    ...shared,
    config: { ...options.config, replicaof: `127.0.0.1 ${port}` },
  });
  await waitUntil(
    async () => {
      // The first answer for a sync to disk comes a second after the replica is there.
      const [, count] = (await primary.ask('WAITAOF', '0', '1', '200')) as number[];
      return count === 1 || (options.config?.appendonly === 'no' && (await isOnline(primary)));
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
