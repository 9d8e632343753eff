import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Clock } from '../../../src/runtime/clock.ts';
import { createFakeClock } from '../fake-clock.ts';
import { createSmallDisk } from '../small-disk.ts';
import { temporaryDirectory } from '../test-receiver.ts';
import type { ProvokedState } from './provoked-state.ts';
import { findByReadBack, type ReceiverScene, startReceiverScene } from './receiver-scene.ts';
import type { HealthyStage } from './receiver-states.ts';
import { alertsOfOutage } from './store-states.ts';

/** Each receiver has a journal of its own, so tests of different states share no data. */
export const journalStage: HealthyStage & { stop(): Promise<void> } = {
  createTopics: async () => ({ DATA_DIR: temporaryDirectory(), REQUEST_BUDGET_MS: '2000' }),
  stop: async () => {},
};

/** States of a receiver that a problem with the journal causes. */
export const journalStates: readonly ProvokedState<HealthyStage>[] = [
  {
    id: 'record_lost',
    how: 'empty a file with an acknowledged record',
    exitCode: 1,
    async provoke(stage) {
      const clock = createFakeClock(Date.now());
      const { scene, segments } = await startWithSegments(stage, clock);
      for (const segment of segments) {
        writeFileSync(segment, '');
      }
      await findByReadBack(scene, clock, 'record_lost');
      return { scene };
    },
  },
  {
    id: 'starting',
    how: 'start a second receiver on the directory',
    exitCode: 1,
    alerts: { minutes: 1 },
    provoke: async (stage) => ({ scene: await startBesideOther(stage) }),
  },
  {
    id: 'store_unavailable',
    how: 'start a second receiver on the directory, and wait',
    exitCode: 1,
    alerts: { alsoFiring: alertsOfOutage },
    async provoke(stage) {
      const scene = await startBesideOther(stage);
      await scene.whenHeadline('store_unavailable');
      return { scene, goOn: async () => expect(await scene.post()).toBe(503) };
    },
  },
  {
    id: 'store_unavailable',
    how: 'replace the directory with a file',
    exitCode: 1,
    alerts: { alsoFiring: alertsOfOutage },
    async provoke(stage) {
      const env = await stage.createTopics();
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      const journal = join(env.DATA_DIR ?? '', 'journal');
      rmSync(journal, { recursive: true });
      writeFileSync(journal, 'no directory');
      await expect.poll(() => scene.post()).toBe(503);
      return { scene, goOn: async () => expect(await scene.post()).toBe(503) };
    },
  },
  {
    id: 'disk_filling',
    how: 'fill the disk',
    exitCode: 0,
    async provoke() {
      const disk = await createSmallDisk(temporaryDirectory(), 16);
      onTestFinished(() => disk.close());
      const scene = await startReceiverScene({ env: { DATA_DIR: disk.outsideDirectory } });
      await scene.storeFirst();
      writeFileSync(join(disk.outsideDirectory, 'other-data'), Buffer.alloc(15 * 1024 ** 2));
      return { scene };
    },
  },
  {
    id: 'read_back_failing',
    how: 'replace each file with a directory',
    exitCode: 0,
    async provoke(stage) {
      const clock = createFakeClock(Date.now());
      const { scene, segments } = await startWithSegments(stage, clock);
      for (const segment of segments) {
        rmSync(segment);
        mkdirSync(segment);
      }
      await findByReadBack(scene, clock, 'read_back_failing');
      return { scene };
    },
  },
];

/** Starts a receiver that has stored an event. @returns also the files of its journal */
async function startWithSegments(stage: HealthyStage, clock: Clock) {
  const env = await stage.createTopics();
  const scene = await startReceiverScene({ env, clock });
  await scene.storeFirst();
  const journal = join(env.DATA_DIR ?? '', 'journal');
  const segments = readdirSync(journal).filter((name) => name.endsWith('.jsonl'));
  return { scene, segments: segments.map((name) => join(journal, name)) };
}

async function startBesideOther(stage: HealthyStage): Promise<ReceiverScene> {
  const env = await stage.createTopics();
  const first = await startReceiverScene({ env });
  await first.storeFirst();
  return startReceiverScene({ env });
}
