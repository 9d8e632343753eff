import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Registry } from 'prom-client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createStatusCommand } from '../../src/commands/status-command.ts';
import { Health } from '../../src/observe/health.ts';
import { startManagement } from '../../src/observe/start-management.ts';
import type { StatusReport } from '../../src/observe/status/status-report.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createMetricFactory } from '../../src/runtime/metric-factory.ts';
import { runCommand } from '../support/run-command.ts';
import { checkStatus } from '../support/status-contract.ts';
import { wellFilter, wellReceiver } from '../support/status-reports.ts';
import { scenes } from '../support/status-scenes.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';

interface GivenProcess {
  readonly host?: string;
  readonly report?: StatusReport;
}

async function startProcess({ host = '127.0.0.1', report = wellReceiver }: GivenProcess = {}) {
  const shown = { report };
  const registry = new Registry();
  createMetricFactory(registry, '').counter('deliveries_total', 'All of them.', []).inc(3);
  const management = await startManagement({
    host,
    port: 0,
    health: new Health([], { staysReady: true }),
    report: async () => shown.report,
    registry,
    clock: systemClock,
    logger: createLogger('silent'),
  });
  onTestFinished(() => management.close());
  return { shown, url: management.url };
}

const variablesOf = (url: string, host: string) => ({
  MANAGEMENT_HOST: host,
  MANAGEMENT_PORT: new URL(url).port,
});

test.each(['127.0.0.1', '::1', '::', '0.0.0.0'])('finds a process that listens on %s', async (host) => {
  const { url } = await startProcess({ host });
  const { code, stdout } = await runCommand(['status'], variablesOf(url, host));
  expect(stdout).toMatch(/^GOOD {5}Deliveries are stored\.\n/);
  expect(code).toBe(0);
});

test('prints the facts of the page in its order', async () => {
  const { url } = await startProcess({ report: scenes.rejected });
  const { code, stdout } = await runCommand(['status'], variablesOf(url, '127.0.0.1'));
  expect(code).toBe(1);
  expect(stdout).toMatch(/^BAD {6}Deliveries to chat have been rejected with 401 for 16 min/);
  expect(stdout).toMatch(/^ {9}Next step: Correct the URL or the secret/m);
  expect(stdout).toContain('         Runbook: docs/runbooks/signature-failures.md\n');
  expect(stdout).toContain('Webhook receiver 1.2.3 on webhook-0: ready, started 1 h 17 min ago\n');
  expect(stdout.match(/^[A-Z]+( [A-Z]+)*(?= \(|$)/gm)).toEqual([
    'LAST HOUR',
    'LAST DELIVERIES',
    'WEBHOOKS',
    'SECRETS',
    'STORE AND SPOOL',
    'CHECKS',
  ]);
  expect(stdout).toMatch(/^accepted +1,\d+ {2}[▁▂▃▄▅▆▇█]{60}$/m);
  expect(stdout).toMatch(/^10:16:\d\d UTC +chat +401 +0 +0\.9 ms +secret_of_other_webhook/m);
  expect(stdout).toMatch(/^chat +\/webhook\/chat +0 +17 min ago +10 s ago: secret_of_other_webhook$/m);
  expect(stdout).toMatch(/^spool +0 bytes of 1\.0 GiB$/m);
  expect(stdout).not.toContain('\u001b');
});

test('names all other states below the most severe one', async () => {
  const { url } = await startProcess({ report: scenes.spooling });
  const { code, stdout } = await runCommand(['status'], variablesOf(url, '127.0.0.1'));
  expect(code).toBe(1);
  expect(stdout.match(/^(BAD|WARNING) .*/gm)).toEqual([
    'BAD      The spool is 84 % full, and once it is full, the receiver returns 503.',
    'WARNING  Kafka has been unavailable for 48 min (since 09:29 UTC), so events wait in the spool.',
  ]);
});

test.each([
  ['good', true, 0],
  ['warning', true, 0],
  ['bad', true, 1],
  ['warning', false, 1],
] as const)('a headline that is %s, with ready=%s, ends with the exit code %i', async (tone, ready, code) => {
  const report = { ...wellReceiver, ready, headline: { id: 'x', tone, text: 'A text.' } };
  const { url } = await startProcess({ report });
  const result = await runCommand(['status'], variablesOf(url, '127.0.0.1'));
  expect([result.code, result.stdout.includes('NOT READY')]).toEqual([code, !ready]);
});

test('shows a filter', async () => {
  const { url } = await startProcess({ report: wellFilter });
  const { code, stdout } = await runCommand(['status'], variablesOf(url, '127.0.0.1'));
  expect(code).toBe(0);
  expect(stdout).toContain('Revision filter 1.2.3 on webhook-0: ready');
  expect(stdout).toMatch(/^0 +running +12 +3,400$/m);
  expect(stdout).toMatch(/^rate +1,270 records a minute$/m);
});

test('--json prints the document that the page reads', async () => {
  const { url } = await startProcess({ report: scenes.rejected });
  const { code, stdout } = await runCommand(['status', '--json'], variablesOf(url, '127.0.0.1'));
  expect(code).toBe(1);
  expect(checkStatus(JSON.parse(stdout))).toEqual([]);
  expect(JSON.parse(stdout)).toEqual(await (await fetch(`${url}/status.json`)).json());
});

test('uses colour on a terminal that has it, and nowhere else', async () => {
  const { url } = await startProcess();
  const env = variablesOf(url, '127.0.0.1');
  const print = async (isTTY: boolean, hasColours: boolean) => {
    const io = { stdout: '' };
    const { promise, resolve } = Promise.withResolvers<number>();
    const stdout = Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          io.stdout += String(chunk);
          done();
        },
      }),
      { isTTY, hasColors: () => hasColours },
    );
    const signals = { on: () => {} };
    const stderr = new Writable({ write: (_chunk, _encoding, done) => done() });
    const command = createStatusCommand({ env, stdout, stderr, signals, exit: resolve });
    await command.parseAsync([], { from: 'user' });
    expect(await promise).toBe(0);
    return io.stdout.includes('\u001b[32m');
  };
  expect([await print(true, true), await print(true, false), await print(false, true)]).toEqual([
    true,
    false,
    false,
  ]);
});

test('--watch shows each change until it is interrupted, also while the process does not answer', async () => {
  const { shown, url } = await startProcess();
  const child = spawn(process.execPath, ['src/comapi-webhook.mjs', 'status', '--watch'], {
    env: { ...process.env, ...variablesOf(url, '127.0.0.1') },
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  await expect.poll(() => text).toContain('GOOD     Deliveries are stored.');
  shown.report = scenes.rejected;
  await expect.poll(() => text).toContain('BAD      Deliveries to chat');
  shown.report = JSON.parse('{}');
  await expect.poll(() => text).toContain('is not the management port of a receiver or a filter');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
});

test('agrees with the check of the configuration about a secret that is unusable', async () => {
  const secretsDir = temporaryDirectory();
  writeFileSync(join(secretsDir, 'current'), testSecret);
  writeFileSync(join(secretsDir, 'next'), 'short');
  const receiver = await startTestReceiver({ env: { WEBHOOK_SECRETS_DIR: secretsDir, WEBHOOK_SECRET: '' } });
  await expect.poll(receiver.ready).toBe(true);
  const fault = /^ERROR +secrets +default: the secret "next" \(.*\/next\) has 5 characters/m;
  const status = await runCommand(['status'], variablesOf(receiver.managementUrl, '127.0.0.1'));
  expect([status.code, status.stdout]).toEqual([0, expect.stringMatching(fault)]);
  expect(status.stdout).toMatch(/^WARNING {2}A secret of default is unusable/);
  const check = await runCommand(['check'], {
    WEBHOOK_SECRETS_DIR: secretsDir,
    DATA_DIR: temporaryDirectory(),
  });
  expect([check.code, check.stdout]).toEqual([1, expect.stringMatching(fault)]);
});

test('prints the metrics', async () => {
  const { url } = await startProcess();
  const timeout = vi.spyOn(AbortSignal, 'timeout');
  onTestFinished(() => timeout.mockRestore());
  expect(await runCommand(['status', '--metrics'], variablesOf(url, '127.0.0.1'))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('deliveries_total 3\n'),
  });
  expect(timeout).toHaveBeenCalledWith(10_000);
});

test('exits with 2 where something else answers', async () => {
  const server = createServer((_request, response) => response.end('{"ready":"perhaps"}'));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stderr } = await runCommand(['status'], variablesOf(url, '127.0.0.1'));
  expect(stderr).toContain(
    `The service at ${url}/ is not the management port of a receiver or a filter. Check that`,
  );
  expect(code).toBe(2);
});

test('needs the address of a process that took any free port', async () => {
  const { code, stderr } = await runCommand(['status'], { MANAGEMENT_PORT: '0' });
  expect(stderr).toContain('set it for this command to the port in the log line "listening"');
  expect(code).toBe(2);
});
