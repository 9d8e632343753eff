import { chromium } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMemorySink } from '../support/memory-sink.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

async function openPage(url: string) {
  const browser = await chromium.launch({
    executablePath: await provideTool('chromium'),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  const response = await page.goto(url);
  return { page, response, problems };
}

describe('the landing page', () => {
  test('tells a person in a browser that the receiver is up and which URL to register', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const { page, response, problems } = await openPage(receiver.url);
    expect(response?.status()).toBe(200);
    expect(await page.title()).toBe('Webhook receiver');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('is up');
    expect(await page.getByRole('listitem').textContent()).toBe(`${receiver.url}/webhook`);
    expect(await page.content()).not.toContain(testSecret);
    // The content security policy forbids what the page does not need; nothing on it is blocked.
    expect(problems.filter((problem) => !problem.includes('favicon'))).toEqual([]);
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

  test('does not let a host header write into the page', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const headers = { 'x-forwarded-host': '"><script>alert(1)</script>' };
    const response = await fetch(receiver.url, { headers });
    expect(await response.text()).not.toContain('<script>');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});
