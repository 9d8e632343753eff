import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ReceiverReport } from '../../../src/observe/status/status-report.ts';
import { SinkError } from '../../../src/ports/sink.ts';
import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import { expectAgreement } from '../../support/expect-agreement.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

type Given = NonNullable<Parameters<typeof startTestReceiver>[0]>;

/**
 * Starts a receiver. Returns a function that reads its current report, and a function that delivers one event to it.
 */
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
  /** Waits for a state, and checks that the status page and the command `status` report the same state. */
  async function expectState(id: string, exitCode: number): Promise<void> {
    await expect.poll(state, { timeout: 10_000 }).toBe(id);
    await expectAgreement(receiver.managementUrl, id, exitCode);
  }
  return { ...receiver, report, post, state, problems, expectState };
}

const sent = { eventId: 'a', name: 'message.sent', payload: { messageId: 'a' }, revision: 1 };

test('deliveries that the store rejects although it calls itself up, until one is accepted', async () => {
  const sink = createMemorySink();
  const { post, expectState, report } = await start({ sink });
  expect(await post(sent)).toBe(200);
  sink.failure = new SinkError('sink_unavailable', 'A test rejects all records.');
  expect(await post(sent)).toBe(503);
  await expectState('deliveries_rejected', 1);
  expect((await report()).headline.text).toMatch(
    /^No delivery to default has been accepted for .* sink_unavailable/,
  );
  sink.failure = undefined;
  expect(await post(sent)).toBe(200);
  await expectState('storing', 0);
});

test('a sink that is down', async () => {
  const sink = createMemorySink();
  const { expectState } = await start({ sink });
  sink.up = false;
  await expectState('store_unavailable', 1);
  sink.up = true;
  await expectState('no_delivery_yet', 0);
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

test('a process that has not become ready yet', async () => {
  const sink = createMemorySink();
  sink.up = false;
  const { managementUrl } = await startTestReceiver({ sink });
  const { headline, ready } = (await (await fetch(`${managementUrl}/status.json`)).json()) as ReceiverReport;
  expect([headline.id, ready]).toEqual(['starting', false]);
  await expectAgreement(managementUrl, 'starting', 1);
});

test('a webhook without a delivery for a day', async () => {
  const clock = createFakeClock(Date.now());
  const { metric, post, expectState } = await start({ clock });
  expect(await post(sent)).toBe(200);
  const acceptedAt = await metric('comapi_webhook_last_accepted_timestamp_seconds{webhook="default"}');
  clock.advance(23.9 * 3_600_000);
  await expectState('storing', 0);
  clock.advance(3_600_000);
  await expectState('silent', 0);
  expect(await metric('comapi_webhook_last_accepted_timestamp_seconds{webhook="default"}')).toBe(acceptedAt);
  await expect.poll(() => post(sent)).toBe(200);
  await expectState('storing', 0);
});
