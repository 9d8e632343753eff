import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ReceiverReport } from '../../../src/observe/status/status-report.ts';
import { SinkError } from '../../../src/ports/sink.ts';
import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

type Given = NonNullable<Parameters<typeof startTestReceiver>[0]>;

/** A receiver, what its report says at present, and a delivery of one event to it. */
async function start(given: Given = {}) {
  const receiver = await startTestReceiver(given);
  await expect.poll(receiver.ready).toBe(true);
  const report = async () =>
    (await (await fetch(`${receiver.managementUrl}/status.json`)).json()) as ReceiverReport;
  const post = async (event: object, secret = testSecret) => {
    const body = Buffer.from(JSON.stringify(event));
    const headers = { 'x-comapi-signature': signBody(body, secret) };
    return (await fetch(`${receiver.url}/webhook`, { method: 'POST', body, headers })).status;
  };
  const state = async () => (await report()).headline.id;
  const problems = async () => {
    const { headline, otherProblems } = await report();
    return [headline, ...otherProblems].map(({ id }) => id);
  };
  return { ...receiver, report, post, state, problems };
}

const sent = { eventId: 'a', name: 'message.sent', payload: { messageId: 'a' }, revision: 1 };

test('on a journal: no delivery yet, then storing, then a dead letter', async () => {
  const { post, state } = await start();
  expect(await state()).toBe('no_delivery_yet');
  expect(await post(sent)).toBe(200);
  expect(await state()).toBe('storing');
  expect(await post({ name: 'message.sent' })).toBe(200);
  expect(await state()).toBe('dead_letters');
});

test('a journal whose directory was removed', async () => {
  const { dataDir, post, state, report } = await start();
  expect(await post(sent)).toBe(200);
  const journal = join(dataDir, 'journal');
  rmSync(journal, { recursive: true });
  writeFileSync(journal, 'no directory');
  await expect.poll(async () => post(sent)).toBe(503);
  await expect.poll(state).toBe('store_unavailable');
  expect((await report()).headline.nextStep).toContain('Make the store available again');
});

test('a secret that is unusable, then none that is usable', async () => {
  const secretsDir = temporaryDirectory();
  writeFileSync(join(secretsDir, 'current'), testSecret);
  const { post, state } = await start({ env: { WEBHOOK_SECRET: '', WEBHOOK_SECRETS_DIR: secretsDir } });
  expect(await post(sent)).toBe(200);
  writeFileSync(join(secretsDir, 'next'), 'short');
  await expect.poll(state).toBe('secret_unusable');
  rmSync(join(secretsDir, 'current'));
  await expect.poll(state).toBe('no_usable_secret');
});

test('deliveries that the store rejects although it calls itself up, until one is accepted', async () => {
  const sink = createMemorySink();
  const { post, state, report } = await start({ sink });
  expect(await post(sent)).toBe(200);
  sink.failure = new SinkError('sink_unavailable', 'A test rejects all records.');
  expect(await post(sent)).toBe(503);
  expect(await state()).toBe('deliveries_rejected');
  expect((await report()).headline.text).toMatch(
    /^No delivery to default has been accepted for .* sink_unavailable/,
  );
  sink.failure = undefined;
  expect(await post(sent)).toBe(200);
  expect(await state()).toBe('storing');
});

test('a sink that is down', async () => {
  const sink = createMemorySink();
  const { state } = await start({ sink });
  sink.up = false;
  await expect.poll(state).toBe('store_unavailable');
  sink.up = true;
  await expect.poll(state).toBe('no_delivery_yet');
});

test('a certificate with its expiry, and files that are unusable', async () => {
  const certificates = await createTestCertificates(temporaryDirectory());
  const directory = temporaryDirectory();
  const files = { TLS_CERT_FILE: join(directory, 'cert.pem'), TLS_KEY_FILE: join(directory, 'key.pem') };
  writeFileSync(files.TLS_CERT_FILE, readFileSync(certificates.serverCertFile));
  writeFileSync(files.TLS_KEY_FILE, readFileSync(certificates.serverKeyFile));
  const { report, problems } = await start({ env: files });
  expect((await report()).certificate?.expiresAt).toMatch(/^\d{4}-/);
  writeFileSync(files.TLS_CERT_FILE, 'nothing');
  await expect.poll(problems).toContain('certificate_unusable');
});

test('a process that shuts down', async () => {
  const { stop, state } = await start({ env: { SHUTDOWN_DELAY_MS: '3000' } });
  const stopping = stop();
  await expect.poll(state).toBe('draining');
  await stopping;
});

test('a process that has not become ready yet', async () => {
  const sink = createMemorySink();
  sink.up = false;
  const { managementUrl } = await startTestReceiver({ sink });
  const { headline, ready } = (await (await fetch(`${managementUrl}/status.json`)).json()) as ReceiverReport;
  expect([headline.id, ready]).toEqual(['starting', false]);
});
