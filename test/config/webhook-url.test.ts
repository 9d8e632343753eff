import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findWebhookUrl } from '../../src/config/webhook-url.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

test.each([
  [{}, 'http://localhost:8080/webhook'],
  [{ PORT: '3000', WEBHOOK_PATH: '/in' }, 'http://localhost:3000/in'],
  [{ PORT: '3000', HTTP_PORT: '8081', HTTP_HOST: '0.0.0.0' }, 'http://localhost:8081/webhook'],
  [{ HTTP_HOST: '::1' }, 'http://[::1]:8080/webhook'],
  [{ HTTP_HOST: '127.0.0.2', TLS_CERT_FILE: '/nowhere' }, 'https://127.0.0.2:8080/webhook'],
])('%j is reached at %s', (env, url) => {
  expect(findWebhookUrl(env).href).toBe(url);
});

function writeWebhooks(...paths: readonly string[]): string {
  const file = join(temporaryDirectory(), 'webhooks.json');
  writeFileSync(
    file,
    JSON.stringify(paths.map((path, index) => ({ name: `w${index}`, path, secret: testSecret }))),
  );
  return file;
}

test('the only registration of WEBHOOKS_FILE has the path', () => {
  expect(findWebhookUrl({ WEBHOOKS_FILE: writeWebhooks('/crm') }).pathname).toBe('/crm');
});

test.each([
  [{ HTTP_PORT: '0' }, 'HTTP_PORT: is 0, which means any free port: use --url'],
  [{ HTTP_PORT: 'x' }, 'HTTP_PORT: "x" is not'],
])('%j does not say it', (env, text) => {
  expect(() => findWebhookUrl(env)).toThrow(text);
});

test('several registrations of WEBHOOKS_FILE do not say it', () => {
  expect(() => findWebhookUrl({ WEBHOOKS_FILE: writeWebhooks('/a', '/b') })).toThrow(
    'WEBHOOKS_FILE: has several paths: use --url with one of /a, /b',
  );
});
