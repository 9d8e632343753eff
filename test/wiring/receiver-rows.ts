import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { freePorts } from '../support/free-ports.ts';
import { inVirtualTime } from '../support/in-virtual-time.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';
import { kafkaAccessRows } from './kafka-access-rows.ts';
import { kafkaRows } from './kafka-rows.ts';
import { managementRows } from './management-rows.ts';
import { processRows } from './process-rows.ts';
import { rabbitMqRows } from './rabbitmq-rows.ts';
import { redisRows } from './redis-rows.ts';
import {
  deliver,
  event,
  isAnswered,
  post,
  readRecords,
  store,
  whenReady,
  withReceiver,
} from './seen-receiver.ts';
import { makeCertificates, readServerName } from './seen-tls.ts';
import { storeTlsRows } from './store-tls-rows.ts';
import { type Row, row } from './trial.ts';

const otherSecret = '6a1f2a64-7e6c-4b43-8a0e-5d3f2c1b0a99';
const ofText = (name: string, text: string) => {
  const file = join(temporaryDirectory(), name);
  writeFileSync(file, text);
  return file;
};
const isListening = (port: number) => (env: Env) =>
  withReceiver(env, () => isAnswered(`http://127.0.0.1:${port}`));
const showPage = (env: Env) => withReceiver(env, async ({ url }) => (await fetch(`${url}/webhook`)).text());

/** Returns the server name in the certificate of the public port. */
const seeCertificate = (env: Env) =>
  withReceiver(env, ({ url }) => readServerName(url)).catch((error: Error) => error.message);

/** Returns the time that the store has for a delivery if no other step takes time. */
async function seeDeadline(env: Env): Promise<number> {
  const clock = createFakeClock();
  let leftMs = 0;
  const sink = {
    ...createMemorySink(),
    async append(_records: unknown, deadline: number) {
      leftMs = deadline - clock.now();
      return [];
    },
  };
  const receiver = await startTestReceiver({ env, sink, clock });
  await post(receiver);
  return leftMs;
}

/** Returns whether a stop takes two seconds. */
const seeStop = (env: Env) =>
  inVirtualTime(async () => {
    const receiver = await startTestReceiver({ env, sink: createMemorySink() });
    const startedAt = performance.now();
    await receiver.stop();
    return performance.now() - startedAt >= 1_990;
  });

/** Returns the statuses of six concurrent deliveries while the store is unavailable. */
const spool = (env: Env) =>
  withReceiver(env, async (receiver) => {
    if (env.SPOOL_DIR) {
      await whenReady(receiver);
    }
    const body = `[${event},"${'x'.repeat(12_000)}"]`;
    const statuses = await Promise.all(Array.from({ length: 6 }, () => post(receiver, { body })));
    return [...new Set(statuses)].toSorted((one, other) => one - other);
  });
async function withoutStore(): Promise<Env> {
  const [port] = await freePorts(1);
  return { KAFKA_BROKERS: `127.0.0.1:${port}`, REQUEST_BUDGET_MS: '4000', MAX_BODY_BYTES: '16384' };
}

const publicPortRows: readonly Row[] = [
  row('HTTP_HOST', () => ({
    to: '127.0.0.2',
    see: (env) =>
      withReceiver(env, ({ url }) => {
        const { port } = new URL(url);
        return Promise.all(['127.0.0.1', '127.0.0.2'].map((host) => isAnswered(`http://${host}:${port}`)));
      }),
    shows: [false, true],
  })),
  row('HTTP_PORT', async () => {
    const [port = 0] = await freePorts(1);
    return { from: '0', to: String(port), see: isListening(port), shows: true };
  }),
  row('PORT', async () => {
    const [port = 0] = await freePorts(1);
    const beside = { HTTP_PORT: '' };
    return { beside, from: '0', to: String(port), see: isListening(port), shows: true };
  }),
  row('PUBLIC_URL', () => ({
    to: 'https://hooks.example',
    see: showPage,
    shows: expect.stringContaining('https://hooks.example/webhook'),
  })),
  row('REQUEST_BUDGET_MS', () => ({ to: '2000', see: seeDeadline, shows: 2_000 })),
  row('MAX_BODY_BYTES', () => ({
    to: '1024',
    see: (env) => deliver(env, { body: `[${event},"${'x'.repeat(2_000)}"]` }),
    shows: 413,
  })),
  row('SHUTDOWN_DELAY_MS', () => ({ from: '0', to: '2000', see: seeStop, shows: true })),
  row('TLS_CERT_FILE', async () => {
    const { serverCertFile, serverKeyFile } = await makeCertificates();
    const beside = { TLS_KEY_FILE: serverKeyFile };
    return { beside, to: serverCertFile, see: seeCertificate, shows: 'server' };
  }),
  row('TLS_KEY_FILE', async () => {
    const { serverCertFile, serverKeyFile, clientKeyFile } = await makeCertificates();
    const beside = { TLS_CERT_FILE: serverCertFile };
    return { beside, from: clientKeyFile, to: serverKeyFile, see: seeCertificate, shows: 'server' };
  }),
  row('TLS_KEY_PASSPHRASE', async () => {
    const { serverCertFile, lockedKeyFile, passphrase } = await makeCertificates();
    const beside = { TLS_CERT_FILE: serverCertFile, TLS_KEY_FILE: lockedKeyFile };
    return { beside, to: passphrase, see: seeCertificate, shows: 'server' };
  }),
];

const webhookRows: readonly Row[] = [
  row('WEBHOOK_PATH', () => ({ to: '/other', see: (env) => deliver(env, { path: '/other' }), shows: 200 })),
  row('WEBHOOK_SECRET', () => ({
    from: testSecret,
    to: otherSecret,
    see: (env) => deliver(env, { secret: otherSecret }),
    shows: 200,
  })),
  row('WEBHOOK_SECRET_PREVIOUS', () => ({
    to: otherSecret,
    see: (env) => deliver(env, { secret: otherSecret }),
    shows: 200,
  })),
  row('WEBHOOK_SECRETS_DIR', () => ({
    beside: { WEBHOOK_SECRET: '' },
    to: join(ofText('next', otherSecret), '..'),
    see: (env) => deliver(env, { secret: otherSecret }),
    shows: 200,
  })),
  row('WEBHOOKS_FILE', () => ({
    beside: { WEBHOOK_SECRET: '' },
    to: ofText('webhooks.json', JSON.stringify([{ name: 'one', path: '/one', secret: otherSecret }])),
    see: (env) => deliver(env, { path: '/one', secret: otherSecret }),
    shows: 200,
  })),
];

const recordRows: readonly Row[] = [
  row('KEY_RULES', () => ({
    to: '*=eventId',
    see: store,
    shows: [expect.objectContaining({ key: 'e-1' })],
  })),
  row('RECORD_HEADERS', () => ({
    to: 'region=north',
    see: store,
    shows: [expect.objectContaining({ headers: expect.objectContaining({ region: 'north' }) })],
  })),
  row('TOPIC_RULES', () => ({
    to: 'message.*=messages',
    see: store,
    shows: [expect.objectContaining({ topic: 'messages' })],
  })),
  row('DATA_DIR', () => {
    const dataDir = temporaryDirectory();
    const see = async (env: Env) => {
      await deliver(env);
      return (await readRecords(dataDir)).length;
    };
    return { from: temporaryDirectory(), to: dataDir, see, shows: 1 };
  }),
  row('SPOOL_DIR', async () => {
    const directory = temporaryDirectory();
    const see = async (env: Env) => ({ answers: await spool(env), files: readdirSync(directory).length > 0 });
    return { beside: await withoutStore(), to: directory, see, shows: { answers: [200], files: true } };
  }),
  row('SPOOL_MAX_BYTES', async () => {
    const see = (env: Env) => spool({ ...env, SPOOL_DIR: temporaryDirectory() });
    return { beside: await withoutStore(), to: '65536', see, shows: [200, 503] };
  }),
];

/** Starts a receiver. The environment may select a store that never accepts records, because some settings need one. */
const open = (env: Env) => startTestReceiver({ env });

export const receiverRows: readonly Row[] = [
  ...publicPortRows,
  ...managementRows(open),
  ...webhookRows,
  ...recordRows,
  ...kafkaRows,
  ...kafkaAccessRows(open),
  ...storeTlsRows(open, ['kafka', 'redis', 'rabbitmq']),
  ...redisRows,
  ...rabbitMqRows,
  ...processRows('receive', async () => ({
    ...{ HTTP_HOST: '127.0.0.1', HTTP_PORT: '0', MANAGEMENT_PORT: '0' },
    ...{ SHUTDOWN_DELAY_MS: '0', WEBHOOK_SECRET: testSecret, DATA_DIR: temporaryDirectory() },
  })),
];
