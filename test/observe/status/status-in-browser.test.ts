import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { StatusReport } from '../../../src/observe/status/status-report.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { openPage } from '../../support/open-page.ts';
import { checkStatus } from '../../support/status-contract.ts';
import { wellFilter, wellReceiver } from '../../support/status-reports.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

const phoneWidth = 360;

/** Writes registrations with long names and labels. */
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
    'content-security-policy': expect.stringMatching(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; connect-src 'self';/,
    ),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  const heading = page.getByRole('heading', { level: 1 });
  await expect
    .poll(() => heading.textContent(), { timeout: 20_000 })
    .toContain('Deliveries are stored, but something needs a look');
  expect(await page.evaluate('document.documentElement.lang')).toBe('en');
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(phoneWidth);
  // The style sheet is applied.
  expect(await readStyle(page, 'dt', 'fontWeight')).toBe('600');
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

/** Opens the page with a report. Returns the page and its visible text. */
async function showReport(report: StatusReport) {
  expect(checkStatus(JSON.parse(JSON.stringify(report)))).toEqual([]);
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const { page, problems } = await openPage('about:blank');
  await page.route('**/status.json', (route) => route.fulfill({ json: report }));
  await page.goto(`${receiver.managementUrl}/`);
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  const body = String(await page.evaluate('document.body.innerText')).replaceAll(/\s+/g, ' ');
  return { page, body, problems };
}

test('says since when deliveries are refused, how long the provider goes on, and marks what else is wrong', async () => {
  const { page, body } = await showReport({
    ...wellReceiver,
    headline: { tone: 'bad', text: 'Deliveries are refused' },
    ready: false,
    checks: [{ name: 'sink', ok: false, detail: 'no broker answers' }],
    refused: { since: '2026-01-01T10:00:00.000Z', lossFrom: '2026-01-02T10:00:00.000Z', secondsLeft: 85_380 },
    store: {
      ...wellReceiver.store,
      up: false,
      topics: [
        { topic: 'comapi.events', verdict: 'error', findings: [], problem: 'no leader' },
        { topic: 'comapi.events.dead-letter', verdict: 'warning', findings: ['one replica'] },
      ],
    },
    refusals: [
      {
        reason: 'sink_unavailable',
        signed: true,
        status: 503,
        count: 1_043,
        newest: [{ at: '2026-01-01T10:16:30.000Z', webhook: 'shop' }],
      },
    ],
  });
  expect(await page.title()).toBe('Deliveries are refused – webhook-0');
  expect(body).toContain(
    'Webhook receiver 1.2.3 on webhook-0 ● Deliveries are refused The provider repeats each',
  );
  expect(body).toContain(
    'Refused Since 2026-01-01 10:00:00 UTC (17 min ago) Loss from 2026-01-02 10:00:00 UTC (in 23 h 43 min) Seconds left 23 h 43 min',
  );
  expect(body).toContain('name sink, ok no, detail no broker answers');
  expect(body).toContain('In flight Requests 1 Bytes 2.0 KiB');
  expect(body).toContain(
    'name shop, path /webhook, last accepted at 2026-01-01 10:16:00 UTC (1 min ago), own event test, accepted 12 , secrets label current, verified 1,204',
  );
  expect(body).toContain('reason sink_unavailable, signed yes, status 503, count 1,043, newest');
  expect(body).not.toContain('Spool');
  expect(await page.locator('main .bad').allTextContents()).toEqual(['no', 'no', 'error', 'no leader']);
  expect(await page.locator('main .warning').allTextContents()).toEqual(['warning']);
});

test('shows the partitions of a filter', async () => {
  const { body } = await showReport(wellFilter);
  expect(body).toContain('Revision filter 1.2.3 on webhook-0 ● Events are filtered');
  expect(body).toContain('partition 0, state running, lag 12, entities 3,400');
  expect(body).toContain('partition 1, state restoring');
});

test('whatever names and messages say, it stays text, and what turns a text or is not seen is shown', async () => {
  const hostile = '</script><img src=x onerror=alert(1)>\u202egnp.exe\u200b\u{e0041}\u0007';
  const { page, body, problems } = await showReport({
    ...wellReceiver,
    host: hostile,
    headline: { tone: 'bad', text: hostile },
    checks: [{ name: hostile, ok: false, detail: hostile }],
    store: { ...wellReceiver.store, kind: hostile },
  });
  const shown = '</script><img src=x onerror=alert(1)>\\u202egnp.exe\\u200b\\udb40\\udc41\\u0007';
  expect(body.split(shown)).toHaveLength(6);
  expect(await page.title()).toBe(`${shown} – ${shown}`);
  expect(await page.locator('img').count()).toBe(0);
  expect(problems()).toEqual([]);
});

test('the page shows by itself that deliveries are refused, that nobody answers, and that they are stored again', async () => {
  const sink = createMemorySink();
  const receiver = await startTestReceiver({ sink });
  const { page } = await openPage('about:blank', { width: phoneWidth });
  await page.clock.install();
  await page.goto(`${receiver.managementUrl}/`);
  const whenHeaded = (name: string) =>
    expect
      .poll(
        async () => {
          await page.clock.runFor(15_000);
          return page.getByRole('heading', { level: 1 }).textContent();
        },
        { timeout: 60_000, interval: 200 },
      )
      .toBe(`● ${name}`);
  await whenHeaded('Deliveries are stored');
  sink.up = false;
  await whenHeaded('Deliveries are refused');
  expect(await page.getByRole('main').textContent()).toContain('a test switched it off');

  await page.route('**/status.json', (route) => route.abort('connectionrefused'));
  await whenHeaded('The process does not say how it is');
  expect(await page.locator('header').textContent()).toContain('status.json cannot be read');
  expect(await page.getByRole('main').textContent()).toContain('a test switched it off');

  await page.unroute('**/status.json');
  sink.up = true;
  await whenHeaded('Deliveries are stored');
  expect(await page.locator('header').textContent()).not.toContain('cannot be read');
});

test('without scripts the page says where the JSON is', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const { page } = await openPage(`${receiver.managementUrl}/`, { scripts: false });
  expect(await page.locator('noscript a[href="status.json"]').isVisible()).toBe(true);
});
