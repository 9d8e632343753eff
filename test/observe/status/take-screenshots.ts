// Takes screenshots of the status page in a real browser: node test/observe/status/take-screenshots.ts [DIRECTORY]
// Without a directory, it writes the screenshot that the documentation contains.
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { StatusReport } from '../../../src/observe/status/status-report.ts';
import { wellFilter } from '../../support/status-reports.ts';
import { scenes } from '../../support/status-scenes.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';

const [directory] = process.argv.slice(2);
const page = readFileSync(new URL('../../../src/observe/status/status-page.html', import.meta.url));
const server = createServer((request, response) => {
  const [, scene = '', file] = (request.url ?? '').split('/');
  const report: StatusReport = scene === 'filter' ? wellFilter : scenes[scene as keyof typeof scenes];
  response.end(file === 'status.json' ? JSON.stringify(report) : page);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const browser = await chromium.launch({
  executablePath: await provideTool('chromium'),
  args: ['--no-sandbox', '--disable-gpu'],
});

async function take(
  scene: string,
  width: number,
  colorScheme: 'light' | 'dark',
  path: string,
  height?: number,
) {
  const tab = await browser.newPage({ viewport: { width, height: height ?? 900 }, colorScheme });
  await tab.goto(`http://127.0.0.1:${port}/${scene}/`);
  await tab.locator('main:not([hidden])').waitFor();
  await tab.screenshot({ path, fullPage: height === undefined });
  await tab.close();
}

if (directory === undefined) {
  const picture = new URL('../../../docs/images/status-page.png', import.meta.url).pathname;
  await take('rejected', 1_280, 'light', picture, 960);
} else {
  mkdirSync(directory, { recursive: true });
  for (const scene of [...Object.keys(scenes), 'filter']) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [360, 1_280]) {
        await take(scene, width, colorScheme, join(directory, `${scene}-${colorScheme}-${width}.png`));
      }
    }
  }
  await take('rejected', 1_920, 'light', join(directory, 'rejected-light-1920.png'));
}
await browser.close();
server.close();
