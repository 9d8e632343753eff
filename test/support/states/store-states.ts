import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { createSmallDisk } from '../small-disk.ts';
import { temporaryDirectory } from '../test-receiver.ts';
import type { ProvokedState } from './provoked-state.ts';
import { createSent, patience, startReceiverScene } from './receiver-scene.ts';
import type { HealthyStage } from './receiver-states.ts';

/** A store on a server, which a receiver reaches through a network. */
export interface ServerStage extends HealthyStage {
  /**
   * Closes all connections to the store and rejects new ones until the test ends or the returned function is called.
   */
  cutNetwork(): Promise<() => unknown>;
}

const smallSpool = { SPOOL_MAX_BYTES: '65536', MAX_BODY_BYTES: '16384' };

/** The alerts of an outage that fire in addition to the alert of the headline. Alertmanager suppresses them. */
export const alertsOfOutage = ['ComapiWebhookErrorBudgetBurn'];

/**
 * States of a receiver that a problem with the store's network or with the spool causes. The spool stores events on
 * disk while the store is unavailable.
 */
export const serverStates: readonly ProvokedState<ServerStage>[] = [
  {
    id: 'starting',
    how: 'cut the network, and start',
    exitCode: 1,
    alerts: { minutes: 1 },
    async provoke(stage) {
      const env = await stage.createTopics();
      await stage.cutNetwork();
      return { scene: await startReceiverScene({ env }) };
    },
  },
  {
    id: 'store_unavailable',
    how: 'cut the network',
    exitCode: 1,
    alerts: { alsoFiring: alertsOfOutage },
    async provoke(stage) {
      const scene = await startReceiverScene({ env: await stage.createTopics() });
      await scene.storeFirst();
      await stage.cutNetwork();
      return { scene, goOn: async () => expect(await scene.post()).toBe(503) };
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
    alerts: { alsoFiring: [...alertsOfOutage, 'ComapiWebhookSpoolUnusable', 'ComapiWebhookSpoolFilling'] },
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
      // A smaller event might still fit into the spool, so this event is large.
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
];
