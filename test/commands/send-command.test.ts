import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { testEventName } from '../../src/webhook/test-events.ts';
import { freePorts } from '../support/free-ports.ts';
import { runCommand } from '../support/run-command.ts';
import { startScriptedReceiver } from '../support/scripted-receiver.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const stored = '{"accepted":1,"deadLettered":0}';

const send = (url: URL, ...args: readonly string[]) =>
  runCommand(['send', '--url', url.href, ...args], { WEBHOOK_SECRET: testSecret });

test('posts one signed event, and prints the answer', async () => {
  const { url, deliveries } = await startScriptedReceiver(() => 200, stored);
  expect(await send(url, '--name', 'chat.closed')).toMatchObject({
    code: 0,
    stdout: `200 ${stored}\n`,
  });
  const [delivery] = deliveries;
  expect(JSON.parse(delivery?.body.toString() ?? '')).toMatchObject({ name: 'chat.closed' });
  expect(delivery?.headers['x-comapi-signature']).toBe(
    signBody(delivery?.body ?? Buffer.alloc(0), testSecret),
  );
});

test('sends what nobody takes for an event of the provider, and says so of any other name', async () => {
  const { url, deliveries } = await startScriptedReceiver(() => 200, stored);
  expect((await send(url)).stderr).toBe('');
  const { name, payload } = JSON.parse(deliveries[0]?.body.toString() ?? '');
  expect([name, Object.keys(payload)]).toEqual([testEventName, ['id']]);
  expect((await send(url, '--name', 'message.sent')).stderr).toMatch(
    /^warning: message\.sent is an event name of the provider\./,
  );
});

test('posts an array with --batch-size, and fails with what is not 2xx', async () => {
  const { url, deliveries } = await startScriptedReceiver(() => 503);
  expect(await send(url, '--batch-size', '3')).toMatchObject({ code: 1, stdout: '503 {}\n' });
  expect(JSON.parse(deliveries[0]?.body.toString() ?? '')).toHaveLength(3);
});

test.each(['', 'welcome', '{}', 'null', '{"accepted":0,"deadLettered":1}', '{"accepted":"1"}'])(
  'fails with a 2xx and the text %j: nobody has said that the event is stored',
  async (text) => {
    const { url } = await startScriptedReceiver(() => 200, text);
    const { code, stderr } = await send(url);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('Check that --url is the URL of a receiver.'),
    ]);
  },
);

test.each([300, 301])(
  'takes no %d for a 2xx, and follows no redirect: its 200 would pass for one',
  async (status) => {
    const { url, deliveries } = await startScriptedReceiver(() => status, stored);
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    onTestFinished(() => timeout.mockRestore());
    expect(await send(url)).toMatchObject({ code: 1 });
    expect(deliveries).toHaveLength(1);
    // The timeout of the provider is also 10 s.
    expect(timeout.mock.calls).toEqual([[10_000]]);
  },
);

test.each([
  [401, '"comapi-webhook verify"'],
  [404, 'No webhook has this path'],
  [503, 'run "comapi-webhook status"'],
])('says what to do next after a %d', async (status, text) => {
  const { url } = await startScriptedReceiver(() => status);
  expect((await send(url)).stderr).toContain(text);
});

test('says what to do next where nothing listens', async () => {
  const [port] = await freePorts(1);
  const { code, stderr } = await send(new URL(`http://127.0.0.1:${port}/webhook`));
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/ECONNREFUSED.* Start a receiver with "comapi-webhook receive"/),
  ]);
});

test('says that a port does not speak TLS, and which URL to try', async () => {
  const { url } = await startScriptedReceiver(() => 200, stored);
  const { code, stderr } = await send(new URL(url.href.replace('http:', 'https:')));
  expect([code, stderr]).toEqual([
    2,
    `error: No response from https://${url.host}${url.pathname}: the server does not speak TLS. Try ${url.href}.\n`,
  ]);
});

test('posts where the variables of the receiver say, with one of its secrets', async () => {
  const { url, deliveries } = await startScriptedReceiver(() => 200, stored);
  const secrets = temporaryDirectory();
  writeFileSync(join(secrets, 'current'), testSecret);
  const sent = await runCommand(['send'], {
    ...{ HTTP_HOST: url.hostname, HTTP_PORT: url.port, WEBHOOK_PATH: '/in/crm' },
    WEBHOOK_SECRETS_DIR: secrets,
  });
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  const [delivery] = deliveries;
  expect(delivery?.headers['x-comapi-signature']).toBe(
    signBody(delivery?.body ?? Buffer.alloc(0), testSecret),
  );
});

test('without a secret nothing is posted', async () => {
  const { url, deliveries } = await startScriptedReceiver(() => 200, stored);
  expect((await runCommand(['send', '--url', url.href])).code).toBe(2);
  expect(deliveries).toEqual([]);
});
