import { randomUUID } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { startRedisPair } from '../redis/redis-pair.ts';
import type { ProvokedState } from './provoked-state.ts';
import { createSent, findByReadBack, findEntity, patience, startReceiverScene } from './receiver-scene.ts';
import { startStageRelay } from './stage-relay.ts';
import { alertsOfOutage } from './store-states.ts';

export type RedisStage = Awaited<ReturnType<typeof startRedisStage>>;

/** Starts a primary behind a relay, and a replica. */
export async function startRedisStage() {
  const pair = await startRedisPair();
  const relay = await startStageRelay(pair.primary.port);
  return {
    ask: pair.primary.ask,
    cutNetwork: relay.cutNetwork,
    async createTopics() {
      return {
        REDIS_URL: `redis://127.0.0.1:${relay.port}`,
        REDIS_STREAM: `events-${randomUUID().slice(0, 8)}`,
        REDIS_STREAM_COUNT: '2',
        REDIS_REPLICAS: '1',
        REQUEST_BUDGET_MS: '2000',
      };
    },
    async stop() {
      await relay.close();
      await pair.stop();
    },
  };
}

/** States of a receiver that a problem with Redis causes. */
export const redisStates: readonly ProvokedState<RedisStage>[] = [
  {
    id: 'record_lost',
    how: 'delete an acknowledged record',
    exitCode: 1,
    async provoke(stage) {
      const env = await stage.createTopics();
      const clock = createFakeClock(Date.now());
      const scene = await startReceiverScene({ env, clock });
      await scene.storeFirst();
      for (const part of [0, 1]) {
        await stage.ask('XTRIM', `${env.REDIS_STREAM}.${part}`, 'MAXLEN', '0');
      }
      await findByReadBack(scene, clock, 'record_lost');
      return { scene };
    },
  },
  {
    id: 'store_unavailable',
    how: 'turn the append-only file off',
    exitCode: 1,
    alerts: { alsoFiring: alertsOfOutage },
    async provoke(stage) {
      const scene = await startReceiverScene({ env: await stage.createTopics() });
      await scene.storeFirst();
      onTestFinished(async () => {
        await stage.ask('CONFIG', 'SET', 'appendonly', 'yes');
      });
      await stage.ask('CONFIG', 'SET', 'appendonly', 'no');
      await expect.poll(() => scene.post(), patience).toBe(503);
      await scene.whenHeadline('store_unavailable');
      return { scene, goOn: async () => expect(await scene.post()).toBe(503) };
    },
  },
  {
    id: 'partition_unavailable',
    how: 'replace a stream with a string',
    exitCode: 1,
    async provoke(stage) {
      const env = await stage.createTopics();
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      await stage.ask('DEL', `${env.REDIS_STREAM}.1`);
      await stage.ask('SET', `${env.REDIS_STREAM}.1`, 'of another program');
      const goOn = async () => {
        expect(await scene.post(createSent(findEntity(1)))).toBe(503);
        expect(await scene.post(createSent(findEntity(0)))).toBe(200);
      };
      await goOn();
      return { scene, goOn };
    },
  },
  {
    id: 'topic_weak',
    how: 'wait for fewer replicas than there are',
    exitCode: 0,
    async provoke(stage) {
      const env = { ...(await stage.createTopics()), REDIS_REPLICAS: '0' };
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      return { scene };
    },
  },
  {
    id: 'read_back_failing',
    how: 'forbid XRANGE',
    exitCode: 0,
    async provoke(stage) {
      await stage.ask('ACL', 'SETUSER', 'readerless', 'on', '>pw', '~*', '&*', '+@all', '-xrange');
      const env = await stage.createTopics();
      const clock = createFakeClock(Date.now());
      const url = env.REDIS_URL.replace('//', '//readerless:pw@');
      const scene = await startReceiverScene({
        clock,
        env: { ...env, REDIS_URL: url, ALLOW_PLAINTEXT: 'true' },
      });
      await scene.storeFirst();
      await findByReadBack(scene, clock, 'read_back_failing');
      return { scene };
    },
  },
];
