import { waitUntil } from '../wait-until.ts';
import { startRedisServer } from './redis-server.ts';

/** Starts a primary with one replica, and waits until the replica has caught up. */
export async function startRedisPair() {
  const primary = await startRedisServer();
  const replica = await startRedisServer({ config: { replicaof: `127.0.0.1 ${primary.port}` } });
  // The first acknowledgement of a sync to disk arrives one second after the replica has connected.
  const follows = async () => ((await primary.ask('WAITAOF', '0', '1', '200')) as number[])[1] === 1;
  await waitUntil(follows, { timeoutMs: 30_000, what: 'the replica has what the primary has' });
  return {
    primary,
    replica,
    async stop() {
      await Promise.all([primary.stop(), replica.stop()]);
    },
  };
}
