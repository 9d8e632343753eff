import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Health } from '../../src/observe/health.ts';
import { startManagement } from '../../src/observe/start-management.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createMetricFactory } from '../../src/runtime/metric-factory.ts';
import { runCommand } from '../support/run-command.ts';
import { wellReceiver } from '../support/status-reports.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';

async function startProcess(host = '127.0.0.1') {
  const sink = { ok: true, detail: '2 records are in the spool' };
  const health = new Health([{ name: 'sink', check: () => sink }], { staysReady: true });
  const registry = new Registry();
  createMetricFactory(registry, '').counter('deliveries_total', 'All of them.', []).inc(3);
  const management = await startManagement({
    host,
    port: 0,
    health,
    report: async () => wellReceiver,
    registry,
    clock: systemClock,
    logger: createLogger('silent'),
  });
  onTestFinished(() => management.close());
  return { sink, health, url: management.url };
}

const variablesOf = (url: string, host: string) => ({
  MANAGEMENT_HOST: host,
  MANAGEMENT_PORT: new URL(url).port,
});

test.each(['127.0.0.1', '::1', '::', '0.0.0.0'])('finds a process that listens on %s', async (host) => {
  const { url } = await startProcess(host);
  const { code, stdout } = await runCommand(['status'], variablesOf(url, host));
  expect(stdout).toBe('ready\nok  sink       2 records are in the spool\nok  lifecycle\n');
  expect(code).toBe(0);
});

test('says why a process is not ready, and exits with 1', async () => {
  const { health, url } = await startProcess();
  health.drain();
  const { code, stdout } = await runCommand(['status'], variablesOf(url, '127.0.0.1'));
  expect(stdout).toBe(
    'NOT READY\nok      sink       2 records are in the spool\nNOT OK  lifecycle  shutting down\n',
  );
  expect(code).toBe(1);
});

test('says of a process that stays ready while its store is away what it does with deliveries', async () => {
  const { sink, url } = await startProcess();
  await fetch(`${url}/readyz`);
  Object.assign(sink, { ok: false, detail: 'connect ECONNREFUSED' });
  const { code, stdout } = await runCommand(['status'], variablesOf(url, '127.0.0.1'));
  expect(stdout).toBe(
    'ready, and answers deliveries 503 while a line is NOT OK\nNOT OK  sink       connect ECONNREFUSED\nok      lifecycle\n',
  );
  expect(code).toBe(0);
});

test('shows as an error what the check of the configuration calls one, of a process that is ready', async () => {
  const secretsDir = temporaryDirectory();
  writeFileSync(join(secretsDir, 'current'), testSecret);
  writeFileSync(join(secretsDir, 'next'), 'short');
  const receiver = await startTestReceiver({ env: { WEBHOOK_SECRETS_DIR: secretsDir, WEBHOOK_SECRET: '' } });
  await expect.poll(receiver.ready).toBe(true);
  const fault = /^ERROR +secrets +default: the secret "next" \(.*\/next\) has 5 characters/m;
  const status = await runCommand(['status'], variablesOf(receiver.managementUrl, '127.0.0.1'));
  expect([status.code, status.stdout]).toEqual([0, expect.stringMatching(fault)]);
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
    `What answers at ${url}/ is not the management port of a receiver or a filter: check that`,
  );
  expect(code).toBe(2);
});

test('needs the address of a process that took any free port', async () => {
  const { code, stderr } = await runCommand(['status'], { MANAGEMENT_PORT: '0' });
  expect(stderr).toContain('set it here to the one that the log line "listening" names');
  expect(code).toBe(2);
});
