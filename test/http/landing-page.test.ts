import { writeFileSync } from 'node:fs';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPublicOrigin } from '../../src/http/landing-page.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { openPage } from '../support/open-page.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';

describe('the landing page', () => {
  test('tells a person in a browser that the receiver is up and which URL to register', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const { page, response, problems } = await openPage(`${receiver.url}/webhook`);
    expect(response?.status()).toBe(200);
    expect(await page.title()).toBe('Webhook receiver');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('is up');
    expect(await page.getByRole('listitem').textContent()).toBe(`${receiver.url}/webhook`);
    expect(await page.content()).not.toContain(testSecret);
    // The content security policy forbids what the page does not need; nothing on it is blocked.
    expect(problems()).toEqual([]);
    if (process.env.SCREENSHOT_DIR) {
      await page.screenshot({ path: `${process.env.SCREENSHOT_DIR}/landing-page.png` });
    }
  });

  test('shows the outside URL behind a proxy that terminates TLS', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'hooks.example.com' };
    const html = await (await fetch(`${receiver.url}/webhook`, { headers })).text();
    expect(html).toContain('<code>https://hooks.example.com/webhook</code>');
  });

  test('says that an address of this machine is none to register', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const read = async (headers = {}) => (await fetch(`${receiver.url}/webhook`, { headers })).text();
    expect(await read()).toMatch(/<h2>URL on this machine<\/h2>.*<code>http:.*PUBLIC_URL/s);
    const outside = await read({ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'hooks.example.com' });
    expect(outside).toContain('<h2>URL to register</h2>');
    expect(outside).not.toContain('PUBLIC_URL');
  });

  test('says while nothing is stored that deliveries are answered 503, and still answers 200', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    const response = async () => fetch(`${receiver.url}/webhook`);
    expect(await (await response()).text()).toContain('<h1><span class="good"');
    sink.health = () => ({ up: false, detail: 'no broker answers' });
    const [page, text] = await response().then(async (each) => [each, await each.text()] as const);
    expect(page.status).toBe(200);
    expect(text).toContain('is up, and stores nothing at the moment');
    expect(text).toContain('503');
    expect(text).not.toMatch(/no broker answers|class="good"/);
  });

  test('shows the configured public URL, whatever the request says', async () => {
    const env = { PUBLIC_URL: 'https://hooks.example.com/' };
    const receiver = await startTestReceiver({ sink: createMemorySink(), env });
    const headers = { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.example' };
    const html = await (await fetch(`${receiver.url}/webhook`, { headers })).text();
    expect(html).toContain('<code>https://hooks.example.com/webhook</code>');
    expect(html).not.toContain('evil.example');
  });

  test.each([
    ['x-forwarded-proto', 'javascript'],
    ['x-forwarded-proto', 'ftp, https'],
    ['x-forwarded-host', 'user:password@evil.example'],
    ['x-forwarded-host', 'evil.example/path?'],
    ['x-forwarded-host', 'evil example'],
    ['x-forwarded-host', '[::1'],
    ['x-forwarded-host', 'evil.example:99999'],
    ['x-forwarded-host', ''],
  ])('takes no %s: %s', async (header, value) => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const html = await (await fetch(`${receiver.url}/webhook`, { headers: { [header]: value } })).text();
    expect(html).toContain(`<code>${receiver.url}/webhook</code>`);
  });

  test('takes the first of several proxies, and an address with a port', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const headers = {
      'x-forwarded-proto': 'https, http',
      'x-forwarded-host': '[2001:db8::1]:8443, inner:80',
    };
    const html = await (await fetch(`${receiver.url}/webhook`, { headers })).text();
    expect(html).toContain('<code>https://[2001:db8::1]:8443/webhook</code>');
  });

  test('names no webhook to who does not know its path, unless asked to', async () => {
    const file = join(temporaryDirectory(), 'webhooks.json');
    const registrations = ['sms', 'chat'].map((name) => ({ name, path: `/in/${name}`, secret: testSecret }));
    writeFileSync(file, JSON.stringify(registrations));
    const env = { WEBHOOK_SECRET: '', WEBHOOKS_FILE: file };
    const receiver = await startTestReceiver({ sink: createMemorySink(), env });
    const read = async (url: string) => (await fetch(url)).text();
    expect(await read(receiver.url)).not.toMatch(/sms|chat/);
    expect(await read(`${receiver.url}/in/sms`)).toContain(`<code>${receiver.url}/in/sms</code>`);
    expect(await read(`${receiver.url}/in/sms`)).not.toContain('chat');

    const asked = await startTestReceiver({
      sink: createMemorySink(),
      env: { ...env, LANDING_PAGE_PATHS: 'true' },
    });
    expect(await read(asked.url)).toContain(`<code>${asked.url}/in/sms</code>`);
    expect(await read(asked.url)).toContain(`<code>${asked.url}/in/chat</code>`);
    expect(await read(`${asked.url}/in/sms`)).not.toContain('chat');
  });

  test('does not let a host header write into the page', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const headers = { 'x-forwarded-host': '"><script>alert(1)</script>' };
    const response = await fetch(`${receiver.url}/webhook`, { headers });
    expect(await response.text()).not.toContain('<script>');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

function originOf(headers: IncomingMessage['headers'], encrypted = false): string | undefined {
  const request = new IncomingMessage(Object.assign(new Socket(), encrypted && { encrypted }));
  return readPublicOrigin(Object.assign(request, { headers }));
}

test('takes the host of the request and the scheme of the connection', () => {
  expect(originOf({ host: 'hooks.example.com:8080' })).toBe('http://hooks.example.com:8080');
  expect(originOf({ host: '[2001:db8::1]' }, true)).toBe('https://[2001:db8::1]');
});

test('prefers what the outermost proxy says', () => {
  expect(
    originOf({
      host: 'pod',
      'x-forwarded-host': 'hooks.example.com, inner',
      'x-forwarded-proto': 'https, http',
    }),
  ).toBe('https://hooks.example.com');
});

test.each(['a b', '"><script>', 'user@host', 'host/path', 'host:123456', '[::1', ''])(
  'takes no host from %j',
  (text) => {
    expect(originOf({ host: text })).toBeUndefined();
    expect(originOf({ host: 'pod', 'x-forwarded-host': text })).toBe('http://pod');
  },
);

test('takes no other scheme', () => {
  expect(originOf({ host: 'pod', 'x-forwarded-proto': 'javascript' })).toBe('http://pod');
});
