import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ReceiverReport } from '../../../src/observe/status/status-report.ts';
import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import { runCommand } from '../../support/run-command.ts';
import { checkStatus } from '../../support/status-contract.ts';
import { startTestReceiver, temporaryDirectory } from '../../support/test-receiver.ts';

const secrets = { shop: 'secret-of-the-shop-0001', chat: 'secret-of-the-chat-0001' };

/** A receiver with a journal and two webhooks, each of which has a separate secret. */
async function start() {
  const file = join(temporaryDirectory(), 'webhooks.json');
  const webhooks = Object.entries(secrets).map(([name, secret]) => ({ name, path: `/${name}`, secret }));
  writeFileSync(file, JSON.stringify(webhooks));
  const receiver = await startTestReceiver({ env: { WEBHOOK_SECRET: '', WEBHOOKS_FILE: file } });
  await expect.poll(receiver.ready).toBe(true);
  return {
    ...receiver,
    async send(path: string, secret: string, id = 'a'): Promise<number> {
      const event = { eventId: id, name: 'message.sent', payload: { messageId: id }, revision: 1 };
      const body = Buffer.from(JSON.stringify(event));
      const headers = { 'x-comapi-signature': signBody(body, secret) };
      return (await fetch(receiver.url + path, { method: 'POST', body, headers })).status;
    },
    async report(): Promise<ReceiverReport> {
      const report = (await (await fetch(`${receiver.managementUrl}/status.json`)).json()) as ReceiverReport;
      expect(checkStatus(report)).toEqual([]);
      return report;
    },
    status: () =>
      runCommand(['status'], {
        MANAGEMENT_HOST: '127.0.0.1',
        MANAGEMENT_PORT: new URL(receiver.managementUrl).port,
      }),
  };
}

test('the headline names the webhook whose deliveries have the secret of another one, until one is accepted', async () => {
  const { send, report, status } = await start();
  expect(await send('/chat', secrets.chat)).toBe(200);
  expect((await report()).headline.tone).toBe('good');
  for (let sent = 0; sent < 8; sent += 1) {
    expect(await send('/shop', secrets.chat)).toBe(401);
  }
  await expect.poll(async () => (await report()).registrations[0]?.wronglySigned?.count).toBe(8);
  expect((await report()).headline).toMatchObject({
    id: 'wrong_signatures',
    tone: 'bad',
    text: expect.stringMatching(
      /^Deliveries to shop have been rejected with 401 .* signed with the secret of chat \(secret_of_other_webhook\)/,
    ),
    nextStep: expect.stringContaining('Correct the URL or the secret'),
    alert: 'ComapiWebhookSignatureFailures',
  });
  expect((await report()).deliveries[0]).toMatchObject({
    webhook: 'shop',
    status: 401,
    cause: 'secret_of_other_webhook',
  });
  const bad = await status();
  expect([bad.code, bad.stdout]).toEqual([1, expect.stringContaining('Deliveries to shop')]);

  // A signature that is valid for a different webhook does not show that the secret of this webhook is correct.
  expect(await send('/chat', secrets.chat)).toBe(200);
  expect((await report()).headline.tone).toBe('bad');
  expect(await send('/shop', secrets.shop)).toBe(200);
  expect((await report()).headline.tone).toBe('good');
  expect((await status()).code).toBe(0);
});

test('a flood of forged signatures changes nothing, and hides no delivery with a valid signature', async () => {
  const { url, send, report } = await start();
  expect(await send('/shop', secrets.shop)).toBe(200);
  for (let sent = 0; sent < 120; sent += 1) {
    expect(await send('/shop', `forged-${sent}-with-enough-characters`)).toBe(401);
  }
  expect((await fetch(`${url}/shop`, { method: 'POST', body: '{}' })).status).toBe(401);
  await expect
    .poll(async () => (await report()).deliveries.filter(({ cause }) => cause !== undefined).length)
    .toBe(49);
  const { headline, registrations, deliveries } = await report();
  expect(headline).toMatchObject({ id: 'storing', tone: 'good' });
  expect(registrations[0]).not.toHaveProperty('wronglySigned');
  expect(deliveries).toHaveLength(50);
  expect(deliveries.filter(({ status }) => status === 200)).toHaveLength(1);
});
