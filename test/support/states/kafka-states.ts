import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { grantRights } from '../kafka/grant-rights.ts';
import { withAdmin } from '../kafka/topics.ts';
import { temporaryDirectory, testSecret } from '../test-receiver.ts';
import { type KafkaStage, readerless } from './kafka-stage.ts';
import type { ProvokedState } from './provoked-state.ts';
import { createSent, findByReadBack, findEntity, patience, startReceiverScene } from './receiver-scene.ts';
import { alertsOfOutage } from './store-states.ts';

/** States of a receiver that a problem with Kafka causes. */
export const kafkaStates: readonly ProvokedState<KafkaStage>[] = [
  {
    id: 'record_lost',
    how: 'delete an acknowledged record',
    exitCode: 1,
    async provoke(stage) {
      const env = await stage.createTopics();
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      const topic = env.KAFKA_TOPIC;
      await withAdmin(stage.cluster.internalBootstrap, async (admin) => {
        const ends = await admin.fetchTopicOffsets(topic);
        const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
        await admin.deleteTopicRecords({ topic, partitions });
      });
      return { scene };
    },
  },
  {
    id: 'store_unavailable',
    how: 'start without topics, and wait',
    exitCode: 1,
    // The status page does not name the alert for the missing topics, because its headline already says that they are
    // missing.
    alerts: { alsoFiring: [...alertsOfOutage, 'ComapiWebhookTopicWeak'] },
    async provoke(stage) {
      const scene = await startReceiverScene({
        env: { KAFKA_BROKERS: stage.cluster.bootstrap, REQUEST_BUDGET_MS: '2000' },
      });
      await scene.whenHeadline('store_unavailable');
      return { scene, goOn: async () => expect(await scene.post()).toBe(503) };
    },
  },
  {
    id: 'topic_unusable',
    how: 'route a family to a topic that is missing',
    exitCode: 1,
    async provoke(stage) {
      const env = { ...(await stage.createTopics()), TOPIC_RULES: 'conversation.*=comapi.missing' };
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      return { scene, goOn: () => scene.post() };
    },
  },
  {
    id: 'topic_weak',
    how: 'use a topic with one replica',
    exitCode: 0,
    async provoke(stage) {
      const scene = await startReceiverScene({ env: await stage.createTopics({ replicationFactor: 1 }) });
      await scene.storeFirst();
      return { scene };
    },
  },
  {
    id: 'deliveries_rejected',
    how: 'send a dead letter over the size limit of its topic',
    exitCode: 1,
    async provoke(stage) {
      const env = await stage.createTopics({}, { configs: { 'max.message.bytes': '2000' } });
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      const goOn = async () => expect(await scene.post({ bad: 'x'.repeat(8_000) })).toBe(503);
      await goOn();
      return { scene, goOn };
    },
  },
  {
    id: 'read_back_failing',
    how: 'grant no Read',
    exitCode: 0,
    async provoke(stage) {
      const env = await stage.createTopics();
      const { KAFKA_TOPIC, KAFKA_DEAD_LETTER_TOPIC } = env;
      const rights = [KAFKA_TOPIC, KAFKA_DEAD_LETTER_TOPIC].flatMap((resourceName) =>
        (['Write', 'DescribeConfigs'] as const).map((operation) => ({
          ...{ operation, resourceType: 'topic' as const, resourceName },
        })),
      );
      await grantRights(stage.cluster.internalBootstrap, readerless.username, rights);
      const clock = createFakeClock(Date.now());
      const scene = await startReceiverScene({
        clock,
        env: {
          ...env,
          ...{ KAFKA_BROKERS: stage.cluster.saslBootstrap ?? '', KAFKA_SASL_MECHANISM: 'plain' },
          ...{ ALLOW_PLAINTEXT: 'true', KAFKA_SASL_USERNAME: readerless.username },
          KAFKA_SASL_PASSWORD: readerless.password,
        },
      });
      await scene.storeFirst();
      await findByReadBack(scene, clock, 'read_back_failing');
      return { scene };
    },
  },
  {
    id: 'partition_unavailable',
    how: 'kill the broker of a partition',
    exitCode: 1,
    async provoke(stage) {
      const scene = await startReceiverScene({ env: await stage.createTopics({ replicas: placeAlone }) });
      await scene.storeFirst();
      await stage.killBroker(2);
      const goOn = async () => {
        expect(await scene.post(createSent(findEntity(0)))).toBe(200);
        expect(await scene.post(createSent(findEntity(1)))).toBe(503);
      };
      await scene.whenHeadline('partition_unavailable');
      return { scene, goOn };
    },
  },
  {
    id: 'circuit_open',
    how: 'freeze the broker of a partition',
    headline: 'partition_unavailable',
    exitCode: 1,
    async provoke(stage) {
      const scene = await startReceiverScene({ env: await stage.createTopics({ replicas: placeAlone }) });
      await scene.storeFirst();
      stage.freezeBroker(2);
      const goOn = async () => {
        expect(await scene.post(createSent(findEntity(1)))).toBe(503);
        expect(await scene.post(createSent(findEntity(0)))).toBe(200);
      };
      const findStates = async () => {
        await goOn();
        return scene.listStates();
      };
      await expect.poll(findStates, patience).toContain('circuit_open');
      return { scene, goOn };
    },
  },
  {
    id: 'not_ready',
    how: 'start while the network is cut, and remove the only secret',
    headline: 'no_usable_secret',
    exitCode: 1,
    async provoke(stage) {
      const directory = temporaryDirectory();
      const secret = join(directory, 'current');
      writeFileSync(secret, testSecret);
      const heal = await stage.cutNetwork();
      const env = { ...(await stage.createTopics()), WEBHOOK_SECRET: '', WEBHOOK_SECRETS_DIR: directory };
      const scene = await startReceiverScene({ env });
      rmSync(secret);
      await scene.whenHeadline('no_usable_secret');
      await heal();
      await expect.poll(scene.listStates, patience).toContain('not_ready');
      return { scene };
    },
  },
  {
    id: 'spool_draining',
    how: "exceed Kafka's quota",
    exitCode: 0,
    alerts: { minutes: 70 },
    async provoke(stage) {
      const env = { ...(await stage.createTopics()), SPOOL_DIR: temporaryDirectory() };
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      await stage.limitProducers(100);
      const goOn = async () => expect(await scene.post()).toBe(200);
      const findStates = async () => {
        await goOn();
        return scene.listStates();
      };
      await expect.poll(findStates, patience).toContain('spool_draining');
      return { scene, goOn };
    },
  },
  {
    id: 'partition_unavailable_spooled',
    how: 'kill the broker of a partition',
    exitCode: 0,
    alerts: { minutes: 70 },
    async provoke(stage) {
      const env = {
        ...(await stage.createTopics({ replicas: placeAlone })),
        SPOOL_DIR: temporaryDirectory(),
      };
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      await stage.killBroker(2);
      await expect.poll(scene.listStates, patience).toContain('partition_unavailable_spooled');
      const goOn = async () => expect(await scene.post(createSent(findEntity(1)))).toBe(200);
      await goOn();
      return { scene, goOn };
    },
  },
];

/** Places partition 0 on the first broker, and partition 1 on the third. */
function placeAlone(partition: number): readonly number[] {
  return [partition === 0 ? 1 : 3];
}
