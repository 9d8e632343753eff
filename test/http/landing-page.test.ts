import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMemorySink } from '../support/memory-sink.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const readText = async (url: string, headers = {}) => (await fetch(url, { headers })).text();

describe('the landing page', () => {
  test('says in plain text that the receiver is up and which path to register', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const response = await fetch(`${receiver.url}/webhook`);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    const text = await response.text();
    expect(text).toMatch(/^The webhook receiver is up\.\n/);
    expect(text).toContain('\n  /webhook\n');
    expect(text).not.toContain(testSecret);
  });

  test('says while nothing is stored that deliveries are answered 503, and still returns 200', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    sink.health = () => ({ up: false, detail: 'no broker answers' });
    const response = await fetch(`${receiver.url}/webhook`);
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toMatch(/^The webhook receiver is up\.\nThe receiver cannot store events now\. .* 503/);
    expect(text).not.toContain('no broker answers');
    sink.health = () => ({ up: true, detail: '' });
    expect(await readText(`${receiver.url}/webhook`)).toMatch(/^The webhook receiver is up\.\n/);
  });

  test('shows the configured public URL, and nothing of the request', async () => {
    const env = { PUBLIC_URL: 'https://hooks.example.com/' };
    const receiver = await startTestReceiver({ sink: createMemorySink(), env });
    const headers = { 'x-forwarded-host': 'evil.example', referer: 'https://evil.example/' };
    const text = await readText(`${receiver.url}/webhook?evil.example`, headers);
    expect(text).toContain('\n  https://hooks.example.com/webhook\n');
    expect(text).not.toContain('evil.example');
  });

  test('names no webhook to who does not know its path', async () => {
    const file = join(temporaryDirectory(), 'webhooks.json');
    const registrations = ['sms', 'chat'].map((name) => ({ name, path: `/in/${name}`, secret: testSecret }));
    writeFileSync(file, JSON.stringify(registrations));
    const env = { WEBHOOK_SECRET: '', WEBHOOKS_FILE: file };
    const receiver = await startTestReceiver({ sink: createMemorySink(), env });
    expect(await readText(receiver.url)).not.toMatch(/sms|chat/);
    expect(await readText(`${receiver.url}/in/sms`)).toContain('/in/sms');
    expect(await readText(`${receiver.url}/in/sms`)).not.toContain('chat');
  });
});
