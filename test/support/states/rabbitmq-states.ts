import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { declareQueue, quorum } from '../rabbitmq/declare-queue.ts';
import { startRabbitMqCluster, toUrl } from '../rabbitmq/rabbitmq-cluster.ts';
import type { ProvokedState } from './provoked-state.ts';
import { startReceiverScene } from './receiver-scene.ts';
import { startStageRelay } from './stage-relay.ts';
import { alertsOfOutage } from './store-states.ts';

export type RabbitMqStage = Awaited<ReturnType<typeof startRabbitMqStage>>;

/** Starts a server behind a relay. */
export async function startRabbitMqStage() {
  const cluster = await startRabbitMqCluster({ nodes: 1 });
  const relay = await startStageRelay(cluster.nodes[0]?.port ?? 0);
  return {
    cutNetwork: relay.cutNetwork,
    /** Declares an events queue and a queue of dead letters. @returns the environment variables of a receiver */
    async createTopics(events: Readonly<Record<string, unknown>> = quorum) {
      const queue = `events-${randomUUID().slice(0, 8)}`;
      await declareQueue(cluster.url, queue, events);
      await declareQueue(cluster.url, `${queue}.dead-letter`);
      return {
        RABBITMQ_URL: toUrl(relay.port),
        RABBITMQ_QUEUE: queue,
        ALLOW_PLAINTEXT: 'true',
        REQUEST_BUDGET_MS: '2000',
      };
    },
    async stop() {
      await relay.close();
      await cluster.stop();
    },
  };
}

/** States of a receiver that a problem with RabbitMQ causes. */
export const rabbitMqStates: readonly ProvokedState<RabbitMqStage>[] = [
  {
    id: 'topic_unusable',
    how: 'route a family to a queue that is missing',
    exitCode: 1,
    async provoke(stage) {
      const env = { ...(await stage.createTopics()), TOPIC_RULES: 'conversation.*=comapi.missing' };
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      return { scene, goOn: () => scene.post() };
    },
  },
  {
    id: 'deliveries_rejected',
    how: 'fill a queue that rejects what is over its limit',
    exitCode: 1,
    // While every delivery fails, the status page reports that the store is unavailable.
    alerts: { alsoFiring: alertsOfOutage },
    async provoke(stage) {
      const limit = { ...quorum, 'x-max-length': 1, 'x-overflow': 'reject-publish' };
      const scene = await startReceiverScene({ env: await stage.createTopics(limit) });
      await scene.storeFirst();
      await expect.poll(() => scene.post()).toBe(503);
      return { scene, goOn: async () => expect(await scene.post()).toBe(503) };
    },
  },
  {
    id: 'topic_weak',
    how: 'use a classic queue',
    exitCode: 0,
    async provoke(stage) {
      const env = await stage.createTopics({ 'x-queue-type': 'classic' });
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      return { scene };
    },
  },
];
