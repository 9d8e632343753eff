import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { createFakeClock } from '../fake-clock.ts';
import { grantRights } from '../kafka/grant-rights.ts';
import { withAdmin } from '../kafka/topics.ts';
import { createSmallDisk } from '../small-disk.ts';
import { temporaryDirectory } from '../test-receiver.ts';
import { type KafkaStage, readerless } from './kafka-stage.ts';
import type { ProvokedState } from './provoked-state.ts';
import { createSent, patience, startReceiverScene } from './receiver-scene.ts';

const smallSpool = { SPOOL_MAX_BYTES: '65536', MAX_BODY_BYTES: '16384' };

/** The alerts of an outage that fire in addition to the alert of the headline. Alertmanager suppresses them. */
const ofAnOutage = ['ComapiWebhookErrorBudgetBurn'];

/** States of a receiver whose cause is Kafka, or the spool in front of Kafka. */
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
    id: 'starting',
    how: 'start without topics',
    exitCode: 1,
    alerts: { minutes: 1 },
    async provoke(stage) {
      const { cluster } = stage;
      return { scene: await startReceiverScene({ env: { KAFKA_BROKERS: cluster.bootstrap } }) };
    },
  },
  {
    id: 'store_unavailable',
    how: 'start without topics, and wait',
    exitCode: 1,
    // The page does not repeat that the topics are missing, because its headline already says so.
    alerts: { alsoFiring: [...ofAnOutage, 'ComapiWebhookTopicWeak'] },
    async provoke(stage) {
      const scene = await startReceiverScene({
        env: { KAFKA_BROKERS: stage.cluster.bootstrap, REQUEST_BUDGET_MS: '2000' },
      });
      await scene.whenHeadline('store_unavailable');
      return { scene, goOn: async () => expect(await scene.post()).toBe(503) };
    },
  },
  {
    id: 'store_unavailable',
    how: 'cut the network',
    exitCode: 1,
    alerts: { alsoFiring: ofAnOutage },
    async provoke(stage) {
      const scene = await startReceiverScene({ env: await stage.createTopics() });
      await scene.storeFirst();
      await stage.cutNetwork();
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
      const findStates = () => {
        clock.advance(30_000);
        return scene.listStates();
      };
      await expect.poll(findStates, { timeout: 60_000, interval: 1_100 }).toContain('read_back_failing');
      return { scene };
    },
  },
  {
    id: 'spool_in_use',
    how: 'cut the network',
    exitCode: 0,
    alerts: { minutes: 70 },
    async provoke(stage) {
      const env = { ...(await stage.createTopics()), SPOOL_DIR: temporaryDirectory() };
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      await stage.cutNetwork();
      const goOn = async () => expect(await scene.post()).toBe(200);
      await goOn();
      return { scene, goOn };
    },
  },
  {
    id: 'spool_filling',
    how: 'cut the network, and send many events',
    exitCode: 1,
    alerts: { minutes: 70 },
    async provoke(stage) {
      const env = { ...(await stage.createTopics()), ...smallSpool, SPOOL_DIR: temporaryDirectory() };
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      await stage.cutNetwork();
      const fill = async () => {
        const { headline } = await scene.report();
        if (headline.id !== 'spool_filling') {
          await scene.post({ ...createSent(), padding: 'x'.repeat(1_000) });
        }
        return headline.id;
      };
      await expect.poll(fill, { ...patience, interval: 1 }).toBe('spool_filling');
      return { scene };
    },
  },
  {
    id: 'store_and_spool_unavailable',
    how: 'cut the network, and fill the spool',
    exitCode: 1,
    alerts: { alsoFiring: [...ofAnOutage, 'ComapiWebhookSpoolUnusable', 'ComapiWebhookSpoolFilling'] },
    async provoke(stage) {
      const env = { ...(await stage.createTopics()), ...smallSpool, SPOOL_DIR: temporaryDirectory() };
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      await stage.cutNetwork();
      const fill = async () => {
        await scene.post({ ...createSent(), padding: 'x'.repeat(500) });
        return (await scene.report()).headline.id;
      };
      await expect.poll(fill, { ...patience, interval: 1 }).toBe('store_and_spool_unavailable');
      // A smaller event might still fit into the spool.
      const postLarge = () => scene.post({ ...createSent(), padding: 'x'.repeat(1_000) });
      return { scene, goOn: async () => expect(await postLarge()).toBe(503) };
    },
  },
  {
    id: 'spool_unusable',
    how: 'replace the directory with a file',
    exitCode: 0,
    async provoke(stage) {
      const directory = join(temporaryDirectory(), 'spool');
      writeFileSync(directory, 'no directory');
      const scene = await startReceiverScene({
        env: { ...(await stage.createTopics()), SPOOL_DIR: directory },
      });
      await scene.storeFirst();
      return { scene, goOn: () => scene.post() };
    },
  },
  {
    id: 'disk_filling',
    how: "fill the spool's disk",
    exitCode: 0,
    async provoke(stage) {
      const disk = await createSmallDisk(temporaryDirectory(), 16);
      onTestFinished(() => disk.close());
      const env = { ...(await stage.createTopics()), SPOOL_DIR: join(disk.outsideDirectory, 'spool') };
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      writeFileSync(join(disk.outsideDirectory, 'other-data'), Buffer.alloc(15 * 1024 ** 2));
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

/** Finds an entity whose events are in this one of two partitions. */
function findEntity(partition: number): string {
  const names = Array.from({ length: 100 }, (_, index) => `entity-${index}`);
  return names.find((name) => partitionFor(name, 2) === partition) as string;
}
