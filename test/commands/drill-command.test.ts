import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const drill = (...args: string[]) => runCommand(['drill', ...args]);
const prometheus = ['--prometheus', 'http://127.0.0.1:1'];
const staging = ['--not-for-production', 'staging'];

test('without the word that names the release nothing is planted', async () => {
  const { code, stderr } = await drill(...prometheus, '--url', 'http://127.0.0.1:1/webhook');
  expect(code).toBe(2);
  expect(stderr).toContain("required option '--not-for-production <release>' not specified");
});

test.each([
  [
    'a name that a shell would read',
    ['--not-for-production', 'a;b', ...prometheus],
    'Give a name as Kubernetes',
  ],
  ['nothing to plant', [...staging, ...prometheus], 'there is nothing to plant'],
  [
    'a trouble without what it needs',
    [...staging, ...prometheus, '--trouble', 'store-away', '--stop-store', 'true'],
    '--trouble store-away needs --start-store and --url and --secret-file',
  ],
  [
    'a trouble that is not known',
    [...staging, ...prometheus, '--trouble', 'flood'],
    'There are unusable-secret, dead-letters, store-away, restarts, forged-signatures.',
  ],
])('%s is wrong use', async (_, args, text) => {
  const { code, stderr } = await drill(...args);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(text) });
});

test('a Prometheus that does not answer, or has no such receiver: nothing is planted', async () => {
  const args = [...staging, '--url', 'http://127.0.0.1:1/webhook'];
  const { code, stderr } = await drill(...args, ...prometheus);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/^error: No answer from http:\/\/127\.0\.0\.1:1\/api\/v1\/query/),
  });
  const empty = await serve('{"status":"success","data":{"result":[]}}');
  expect(await drill(...args, '--prometheus', empty)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(
      'Prometheus has no receiver with the labels {"job":"staging-comapi-webhook-receiver-receiver-metrics"}',
    ),
  });
});

test('a name that is not exactly that of a release in the namespace plants nothing', async () => {
  const bin = temporaryDirectory();
  writeFileSync(
    join(bin, 'kubectl'),
    '#!/bin/sh\ncase "$*" in *instance=staging) echo pod/staging-1 ;; esac\n',
  );
  chmodSync(join(bin, 'kubectl'), 0o755);
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const kubernetes = [...prometheus, '--namespace', 'messaging', '--secret-name', 'signing'];
  expect(await drill('--not-for-production', 'stagin', ...kubernetes)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no receiver of a release stagin in the namespace messaging'),
  });
  // The right one goes on to Prometheus.
  expect((await drill(...staging, ...kubernetes)).stderr).toContain('No answer from http://127.0.0.1:1/');
});

test('the help says what each trouble needs', async () => {
  const { stdout } = await drill('--help');
  expect(stdout).toMatch(/^ {2}unusable-secret +--namespace, --secret-name$/m);
});

/** Answers each request with that text. */
async function serve(text: string): Promise<string> {
  const server = createServer((_request, response) => response.end(text));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
