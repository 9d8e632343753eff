import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Counter, Registry } from 'prom-client';
import { expect } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { createTestCertificates } from '../kafka/test-certificates.ts';
import { temporaryDirectory, testSecret } from '../test-receiver.ts';
import type { ProvokedState } from './provoked-state.ts';
import { createSent, patience, type ReceiverScene, startReceiverScene } from './receiver-scene.ts';

type Env = Readonly<Record<string, string>>;

/** A store that accepts records. */
export interface HealthyStage {
  /**
   * Creates topics, queues or streams with unused names.
   *
   * @returns the environment variables of a receiver
   */
  createTopics(): Promise<Env>;
}

const otherSecret = 'secret-of-the-chat-0001';
const dayMs = 86_400_000;

/** States of a receiver whose store accepts its records. */
export const storingStates: readonly ProvokedState<HealthyStage>[] = [
  {
    id: 'no_delivery_yet',
    how: 'start',
    exitCode: 0,
    async provoke(stage) {
      const scene = await startReceiverScene({ env: await stage.createTopics() });
      await scene.whenReady();
      return { scene };
    },
  },
  {
    id: 'storing',
    how: 'store an event',
    exitCode: 0,
    async provoke(stage) {
      const scene = await startReceiverScene({ env: await stage.createTopics() });
      await scene.storeFirst();
      return { scene, goOn: () => scene.post() };
    },
  },
  {
    id: 'dead_letters',
    how: 'send an event without an id',
    exitCode: 0,
    async provoke(stage) {
      const scene = await startReceiverScene({ env: await stage.createTopics() });
      await scene.storeFirst();
      const goOn = async () => expect(await scene.post({ name: 'message.sent' })).toBe(200);
      await goOn();
      return { scene, goOn };
    },
  },
];

/** States of a receiver that a problem outside of the store causes. */
export const receiverStates: readonly ProvokedState<HealthyStage>[] = [
  {
    id: 'ledger_unbalanced',
    how: 'count events that never arrived (planted defect)',
    exitCode: 1,
    async provoke(stage) {
      const registry = new Registry();
      const scene = await startReceiverScene({ env: await stage.createTopics(), registry });
      await scene.storeFirst();
      const received = registry.getSingleMetric('comapi_webhook_events_received_total') as Counter;
      const goOn = async () => received.inc({ webhook: 'default' }, 600);
      await goOn();
      return { scene, goOn };
    },
  },
  {
    id: 'wrong_signatures',
    how: "sign with another webhook's secret",
    exitCode: 1,
    async provoke(stage) {
      const file = join(temporaryDirectory(), 'webhooks.json');
      const webhooks = [
        { name: 'default', path: '/webhook', secret: testSecret },
        { name: 'chat', path: '/chat', secret: otherSecret },
      ];
      writeFileSync(file, JSON.stringify(webhooks));
      const env = { ...(await stage.createTopics()), WEBHOOK_SECRET: '', WEBHOOKS_FILE: file };
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      const goOn = async () => expect(await scene.post(createSent(), otherSecret)).toBe(401);
      await goOn();
      await goOn();
      return { scene, goOn };
    },
  },
  {
    id: 'secret_unusable',
    how: 'shorten a second secret',
    exitCode: 0,
    async provoke(stage) {
      const { scene, directory } = await startWithSecretFiles(stage);
      writeFileSync(join(directory, 'next'), 'short');
      return { scene, goOn: () => scene.post() };
    },
  },
  {
    id: 'no_usable_secret',
    how: 'remove the only secret',
    exitCode: 1,
    alerts: {
      minutes: 150,
      // The status page names an alert that opens a ticket. After two more hours, this alert pages the on-call engineer.
      alsoFiring: ['ComapiWebhookNoSecretForHours'],
    },
    async provoke(stage) {
      const { scene, directory } = await startWithSecretFiles(stage);
      rmSync(join(directory, 'current'));
      return { scene };
    },
  },
  {
    id: 'certificate_unusable',
    how: 'overwrite the certificate',
    exitCode: 0,
    async provoke(stage) {
      const { scene, files } = await startWithCertificate(stage, createFakeClock(Date.now() - 30 * dayMs));
      writeFileSync(files.TLS_CERT_FILE, 'nothing');
      return { scene };
    },
  },
  {
    id: 'certificate_expires',
    how: 'let 2 days remain',
    exitCode: 0,
    async provoke(stage) {
      return startWithCertificate(stage, createFakeClock(Date.now()));
    },
  },
  {
    id: 'certificate_expired',
    how: 'let its 2 days pass (given clock)',
    exitCode: 1,
    async provoke(stage) {
      const clock = createFakeClock(Date.now() + 1.8 * dayMs);
      const started = await startWithCertificate(stage, clock);
      clock.advance(0.4 * dayMs);
      return started;
    },
  },
  {
    id: 'silent',
    how: 'send nothing for a day (given clock)',
    exitCode: 0,
    alerts: { minutesBefore: 9 * 24 * 60, minutes: 25 * 60 },
    async provoke(stage) {
      const clock = createFakeClock(Date.now());
      const scene = await startReceiverScene({ env: await stage.createTopics(), clock });
      await scene.storeFirst();
      clock.advance(25 * 3_600_000);
      return { scene };
    },
  },
  {
    id: 'draining',
    how: 'stop the process',
    exitCode: 1,
    alerts: { minutes: 1 },
    async provoke(stage) {
      const env = { ...(await stage.createTopics()), SHUTDOWN_DELAY_MS: '10000' };
      const scene = await startReceiverScene({ env });
      await scene.storeFirst();
      void scene.stop();
      return { scene };
    },
  },
];

async function startWithSecretFiles(
  stage: HealthyStage,
): Promise<{ scene: ReceiverScene; directory: string }> {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'current'), testSecret);
  const env = { ...(await stage.createTopics()), WEBHOOK_SECRET: '', WEBHOOK_SECRETS_DIR: directory };
  const scene = await startReceiverScene({ env });
  await scene.storeFirst();
  return { scene, directory };
}

/** Starts a receiver that terminates TLS with a certificate that expires in two days. */
async function startWithCertificate(stage: HealthyStage, clock = createFakeClock()) {
  const { serverCertFile, serverKeyFile } = await createTestCertificates(temporaryDirectory());
  const files = { TLS_CERT_FILE: serverCertFile, TLS_KEY_FILE: serverKeyFile };
  const scene = await startReceiverScene({ env: { ...(await stage.createTopics()), ...files }, clock });
  await expect.poll(scene.ready, patience).toBe(true);
  return { scene, files };
}
