import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { StatusReport } from '../../../src/observe/status/status-report.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { checkStatus } from '../../support/status-contract.ts';
import { wellFilter, wellReceiver } from '../../support/status-reports.ts';
import { scenes } from '../../support/status-scenes.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../../support/test-receiver.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';

const phoneWidth = 360;

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: await provideTool('chromium'),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
});
afterAll(() => browser.close());

/** Opens a page in a browser context of its own, which is closed after the test. */
async function openPage(url: string, { width = 1_280, scripts = true } = {}) {
  const page = await browser.newPage({ viewport: { width, height: 800 }, javaScriptEnabled: scripts });
  onTestFinished(() => page.close());
  /** Problems that the browser reports, such as violations of the content security policy. */
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  const response = await page.goto(url);
  return { page, response, problems: () => problems.filter((problem) => !problem.includes('favicon')) };
}

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
    .toContain('A secret of shop-of-a-customer-with-a-very-long-name is unusable');
  expect(await page.evaluate('document.documentElement.lang')).toBe('en');
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(phoneWidth);
  // The page's style sheet is applied.
  expect(await readStyle(page, 'h1', 'fontWeight')).toBe('650');
  expect(await page.getByRole('region', { name: 'Webhooks' }).textContent()).toMatch(
    /too-short unusable: .*too-short.* has 5 characters/,
  );
  expect(await page.content()).not.toContain(testSecret);
  expect(problems()).toEqual([]);
  if (process.env.SCREENSHOT_DIR) {
    await page.screenshot({ path: `${process.env.SCREENSHOT_DIR}/status-page.png`, fullPage: true });
  }

  const light = await readStyle(page, '#tone', 'color');
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await readStyle(page, '#tone', 'color')).not.toBe(light);

  const link = await page.getByRole('link', { name: 'The same as JSON' }).getAttribute('href');
  expect(new URL(link ?? '', page.url()).href).toBe(`${receiver.managementUrl}/status.json`);
});

const deliveryOf = (webhook: string) => ({
  ...{ at: '2026-01-01T10:16:00.000Z', webhook, status: 401, reason: 'bad_signature' },
  ...{ events: 0, durationMs: 1 },
});

/** Returns the contents of a report, and those of the page as a reader sees it. */
async function showReport(report: StatusReport, width = 1_280) {
  expect(checkStatus(JSON.parse(JSON.stringify(report)))).toEqual([]);
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const { page, problems } = await openPage('about:blank', { width });
  await page.route('**/status.json', (route) => route.fulfill({ json: report }));
  await page.goto(`${receiver.managementUrl}/`);
  await page.locator('main:not([hidden])').waitFor();
  const body = String(await page.evaluate('document.body.innerText')).replaceAll(/\s+/g, ' ');
  return { page, body, problems };
}

test('shows an outage: the headline with its next step, the other states, and what the store says', async () => {
  const { page, body } = await showReport(scenes.spooling);
  expect(await page.title()).toBe(
    '✖ The spool is 84 % full, and once it is full, the receiver returns 503. – webhook-0',
  );
  expect(body).toContain('PROBLEM The spool is 84 % full');
  expect(body).toContain('Next step: Make the store available again: broker-1:9092: connect ECONNREFUSED');
  expect(body).toContain('Runbook: docs/runbooks/spool.md, alert: ComapiWebhookSpoolFilling');
  expect(body).toContain('WARNING Kafka has been unavailable for 48 min');
  expect(body).toContain('Circuits 1 open, 2 open, 3 open');
  expect(body).toContain('Queue 31 records');
  expect(body).toContain('Oldest record 48 min ago');
  expect(body).toContain('Disk of the spool 41.0 GiB free of 64.0 GiB');
});

test('shows a 401 with its cause and its next step, in the list of deliveries and at its webhook', async () => {
  const { page } = await showReport(scenes.rejected);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toMatch(
    /^Deliveries to chat have been rejected with 401 for 16 min .* signed with the secret of shop/,
  );
  const first = page
    .getByRole('region', { name: 'Last deliveries' })
    .first()
    .getByRole('row', { name: '401' })
    .first();
  expect(await first.textContent()).toMatch(/^10:16:\d\d401chat0.*secret_of_other_webhook .*Correct the URL/);
  expect(await page.getByRole('region', { name: 'Webhooks' }).textContent()).toContain(
    'Last rejected10 s ago with 401, secret_of_other_webhook',
  );
});

test('draws the last hour as a chart that can be read aloud, and as a table', async () => {
  const { page } = await showReport(scenes.rejected);
  const chart = page.getByRole('img', {
    name: /^Deliveries from 09:18 to 10:17 UTC: 1,\d+ accepted, \d+ rejected with 401/,
  });
  expect(await chart.count()).toBe(1);
  expect(await page.locator('#chart rect.accepted').count()).toBe(60);
  expect(await page.locator('#chart rect.rejected').count()).toBe(17);
  expect(await page.locator('.legend li').allTextContents()).toEqual([
    expect.stringMatching(/^accepted 1,\d+$/),
    expect.stringMatching(/^rejected with 401 \d+$/),
    'returned 503 0',
  ]);
  expect(
    await page
      .getByRole('img', {
        name: /^Last 60 minutes: all accepted in 38 minutes, .* all rejected with 401 in 16/,
      })
      .count(),
  ).toBe(1);
  await page.getByText('Show the numbers as a table').click();
  expect(await page.getByRole('row').filter({ hasText: '10:17' }).first().isVisible()).toBe(true);
});

test('can be used with the keyboard alone, and a redraw takes the focus from nothing', async () => {
  const { page } = await showReport(scenes.good);
  const focused = () =>
    page.evaluate('document.activeElement.id || document.activeElement.textContent.slice(0, 30)');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('pause');
  await page.keyboard.press('Enter');
  expect(await page.getByRole('button', { name: 'Resume updates' }).getAttribute('aria-pressed')).toBe(
    'true',
  );
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Show the numbers as a table');
  await page.keyboard.press('Enter');
  expect(await page.locator('#hour details').getAttribute('open')).not.toBe(null);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.getAttribute("aria-labelledby")')).toBe(
    'deliveries-title',
  );
  await page.waitForResponse('**/status.json');
  expect(await page.evaluate('document.activeElement.getAttribute("aria-labelledby")')).toBe(
    'deliveries-title',
  );
  expect(await page.locator('#hour details').getAttribute('open')).not.toBe(null);
});

test.each([360, 768, 1_920])('fits a width of %i pixels in both colour schemes', async (width) => {
  const { page } = await showReport(scenes.rejected, width);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  }
});

test('right after the start it says what to do', async () => {
  const { body } = await showReport(scenes.empty);
  expect(body).toContain('ALL GOOD The receiver is ready, and no delivery has arrived since it started');
  expect(body).toContain('Next step: Send a test event with: comapi-webhook send --secret-file data/secret');
  expect(body).toContain('No delivery has arrived since the start.');
});

test('shows the partitions of a filter, and nothing that only a receiver has', async () => {
  const { body } = await showReport(wellFilter);
  expect(body).toContain('Revision filter 1.2.3 on webhook-0');
  expect(body).toContain('0 running 12 3,400');
  expect(body).toContain('Rate 1,270 records a minute');
  expect(body).not.toContain('Last deliveries');
});

test('whatever names and messages say, it stays text, and what turns a text or is not seen is shown', async () => {
  const hostile = '</script><img src=x onerror=alert(1)>\u202egnp.exe\u200b\u{e0041}\u0007';
  const { page, body, problems } = await showReport({
    ...wellReceiver,
    host: hostile,
    headline: { id: 'x', tone: 'bad', text: hostile, nextStep: hostile },
    deliveries: [{ ...deliveryOf(hostile), cause: hostile, nextStep: hostile }],
    checks: [{ name: hostile, ok: false, detail: hostile }],
    store: { ...wellReceiver.store, kind: hostile },
  });
  const shown = '</script><img src=x onerror=alert(1)>\\u202egnp.exe\\u200b\\udb40\\udc41\\u0007';
  expect(body.split(shown)).toHaveLength(10);
  expect(await page.title()).toBe(`✖ ${shown} – ${shown}`);
  expect(await page.locator('img').count()).toBe(0);
  expect(problems()).toEqual([]);
});

test('the page shows by itself that deliveries are refused, that nobody answers, and that they are stored again', async () => {
  const sink = createMemorySink();
  const receiver = await startTestReceiver({ sink });
  const { page } = await openPage('about:blank', { width: phoneWidth });
  await page.clock.install();
  await page.goto(`${receiver.managementUrl}/`);
  const whenHeaded = (name: RegExp) =>
    expect
      .poll(
        async () => {
          await page.clock.runFor(15_000);
          return page.getByRole('heading', { level: 1 }).textContent();
        },
        { timeout: 60_000, interval: 200 },
      )
      .toMatch(name);
  await whenHeaded(/^The receiver is ready/);
  sink.up = false;
  await whenHeaded(/^The journal has been unavailable for .*, so the receiver returns 503/);
  expect(await page.getByRole('main').textContent()).toContain('a test switched it off');

  await page.route('**/status.json', (route) => route.abort('connectionrefused'));
  await whenHeaded(/^The process does not answer/);
  expect(await page.locator('#headline').textContent()).toContain('status.json cannot be read');
  expect(await page.getByRole('main').textContent()).toContain('a test switched it off');

  await page.unroute('**/status.json');
  sink.up = true;
  await whenHeaded(/^The receiver is ready/);
  expect(await page.locator('#headline').textContent()).not.toContain('cannot be read');
});

test('without scripts the page says where the JSON is', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const { page } = await openPage(`${receiver.managementUrl}/`, { scripts: false });
  expect(await page.locator('noscript a[href="status.json"]').isVisible()).toBe(true);
});
