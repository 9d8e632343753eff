import { chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { provideTool } from './tools/provide-tool.ts';

interface PageOptions {
  /** Width of the page in CSS pixels. */
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly scripts?: boolean;
}

/** Opens a page in a real browser, which is closed after the test. */
export async function openPage(
  url: string,
  { width = 1_280, colorScheme = 'light', scripts = true }: PageOptions = {},
) {
  const browser = await chromium.launch({
    executablePath: await provideTool('chromium'),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  onTestFinished(() => browser.close());
  const page = await browser.newPage({
    viewport: { width, height: 800 },
    colorScheme,
    javaScriptEnabled: scripts,
  });
  /** Problems that the browser reports, such as violations of the content security policy. */
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  const response = await page.goto(url);
  return { page, response, problems: () => problems.filter((problem) => !problem.includes('favicon')) };
}
