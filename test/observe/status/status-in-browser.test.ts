import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { createMemorySink } from '../../support/memory-sink.ts';
import { openPage } from '../../support/open-page.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

const phoneWidth = 360;

/** Registrations with long names and labels. */
function writeWebhooks(directory: string, secretsDir: string): string {
  mkdirSync(secretsDir);
  writeFileSync(join(secretsDir, 'current-secret-of-the-portal-of-the-shop'), testSecret);
  const file = join(directory, 'webhooks.json');
  const registrations = ['shop-of-a-customer-with-a-very-long-name', 'chat'].map((name) => ({
    name,
    path: `/hooks/of/this/company/${name}`,
    ...(name === 'chat' ? { secret: testSecret } : { secretsDir }),
  }));
  writeFileSync(file, JSON.stringify(registrations));
  return file;
}

function readStyle(page: Page, element: string, property: string): Promise<unknown> {
  return page.evaluate(`getComputedStyle(document.querySelector("${element}")).${property}`);
}

test('the status page fits a phone, needs nothing but itself, and can be read aloud', async () => {
  const directory = temporaryDirectory();
  const secretsDir = join(directory, 'secrets');
  const env = { WEBHOOK_SECRET: '', WEBHOOKS_FILE: writeWebhooks(directory, secretsDir) };
  const receiver = await startTestReceiver({ sink: createMemorySink(), env });
  writeFileSync(join(secretsDir, 'too-short'), 'short');
  const readJson = async () => (await fetch(`${receiver.managementUrl}/status.json`)).text();
  await expect.poll(readJson, { timeout: 20_000 }).toContain('too-short');

  const { page, response, problems } = await openPage(`${receiver.managementUrl}/`, { width: phoneWidth });
  expect(response?.status()).toBe(200);
  expect(response?.headers()).toMatchObject({
    'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'sha256-[^']+';/),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  // It stays as it is from here on: no answer with a content to loading it again.
  await page.route('**/*', (route) => route.fulfill({ status: 204 }));
  expect(await page.evaluate('document.documentElement.lang')).toBe('en');
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(phoneWidth);
  expect(await page.evaluate('document.scripts.length')).toBe(0);
  // Its style is in force.
  expect(await readStyle(page, 'dt', 'fontWeight')).toBe('600');
  const heading = page.getByRole('heading', { level: 1 });
  expect(await heading.textContent()).toContain('Deliveries are stored, but something needs a look');
  expect(await page.getByRole('heading', { level: 2, name: 'Registrations' }).count()).toBe(1);
  expect(await page.getByRole('main').textContent()).toContain(
    `label too-short, verified 0, problem the secret "too-short" (${secretsDir}/too-short) has 5 characters`,
  );
  expect(await page.content()).not.toContain(testSecret);
  expect(problems()).toEqual([]);
  if (process.env.SCREENSHOT_DIR) {
    await page.screenshot({ path: `${process.env.SCREENSHOT_DIR}/status-page.png`, fullPage: true });
  }

  const light = await readStyle(page, 'h1 span', 'color');
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await readStyle(page, 'h1 span', 'color')).not.toBe(light);

  const link = await page.getByRole('link', { name: 'The same as JSON' }).getAttribute('href');
  expect(new URL(link ?? '', page.url()).href).toBe(`${receiver.managementUrl}/status.json`);
});

test('the page shows by itself that deliveries are refused, and that they are stored again', async () => {
  const sink = createMemorySink();
  const receiver = await startTestReceiver({ sink });
  const { page } = await openPage(`${receiver.managementUrl}/`, { width: phoneWidth });
  // It says itself when it is to be loaded again: sooner here.
  await page.route('**/*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({
      response,
      body: (await response.text()).replace(/(http-equiv="refresh" content=)"15"/, '$1"1"'),
    });
  });
  await page.reload();
  const whenHeaded = (name: string) =>
    page.getByRole('heading', { level: 1, name }).waitFor({ timeout: 60_000 });
  await whenHeaded('Deliveries are stored');
  sink.up = false;
  await whenHeaded('Deliveries are refused');
  expect(await page.getByRole('main').textContent()).toContain('a test switched it off');
  sink.up = true;
  await whenHeaded('Deliveries are stored');
});
