import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SinkError } from '../../src/ports/sink.ts';
import { freePorts } from '../support/free-ports.ts';
import { createTestCertificates } from '../support/kafka/test-certificates.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const run = promisify(execFile);

const canary = (url: string, args: readonly string[] = [], secret = testSecret) =>
  runCommand(['canary', '--url', url, ...args], { WEBHOOK_SECRET: secret });

/** A proxy that answers by itself, by the length of the body. */
async function startProxy(answer: (bodyBytes: number) => [status: number, text: string]): Promise<string> {
  const server = createServer((request, response) => {
    const [status, text] = answer(Number(request.headers['content-length']));
    request.resume().once('end', () => response.writeHead(status, { location: '/' }).end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`;
}

describe('canary', () => {
  test('sends a small and a full body, and stores two small events that consumers know by their name', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    const { code, stdout } = await canary(`${receiver.url}/webhook`);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^ok {6}small body: 200, \d{3} bytes\nok {6}full body: 200, 10485760 bytes\n$/,
      ),
    });
    expect(sink.records).toHaveLength(2);
    for (const { key, value, headers } of sink.records) {
      expect([key, headers.ce_type, headers.ce_subject]).toEqual([
        'webhook-canary',
        'webhook.canary',
        'webhook-canary',
      ]);
      expect(value.length).toBeLessThan(400);
    }
    const [first, second] = sink.records.map(({ headers }) => Number(headers.revision));
    expect(second).toBeGreaterThanOrEqual(first ?? Number.NaN);
    expect(
      await receiver.metric('comapi_webhook_last_canary_timestamp_seconds{webhook="default"}'),
    ).toBeGreaterThan(0);
  });

  test('is no good run when the full body does not arrive', async () => {
    const receiver = await startTestReceiver({
      sink: createMemorySink(),
      env: { MAX_BODY_BYTES: '1048576' },
    });
    const { code, stdout } = await canary(`${receiver.url}/webhook`);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAILED {2}full body: receiver: 413 too_large, by the receiver/m);
    expect(await receiver.metric('comapi_webhook_last_canary_timestamp_seconds{webhook="default"}')).toBe(0);
  });
});

describe('canary tells apart', () => {
  test.each([
    [
      'a limit of bodies',
      'full body: body_limit: 413, and not by a receiver',
      413,
      '<html>413 Request Entity',
    ],
    ['a proxy without a receiver', 'full body: proxy: 502, and not by a receiver', 502, 'Bad Gateway'],
    ['another route', 'full body: route: 404, and not by a receiver', 404, '404 page not found'],
    ['a redirect', 'full body: route: 301, and not by a receiver', 301, ''],
    ['another server', 'full body: route: 200, and not by a receiver', 200, 'welcome'],
    ['a dead letter', 'full body: receiver: 200, but', 200, '{"accepted":0,"deadLettered":1}'],
  ])('%s', async (_, line, status, text) => {
    const url = await startProxy((bodyBytes) =>
      bodyBytes > 1_048_576 ? [status, text] : [200, '{"accepted":1,"deadLettered":0}'],
    );
    const { code, stdout } = await canary(url);
    expect(code).toBe(1);
    expect(stdout).toContain(`FAILED  ${line}`);
  });

  test('another secret', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const { stdout } = await canary(`${receiver.url}/webhook`, [], `${testSecret}-other`);
    expect(stdout).toBe(
      "FAILED  small body: secret: 401 bad_signature: the receiver has another secret; the receiver's log says why: " +
        '"cause" in the line "delivery refused"; so does "comapi-webhook verify"\n',
    );
  });

  test('a receiver that cannot store', async () => {
    const sink = createMemorySink();
    sink.failure = new SinkError('sink_timeout', 'a test said so');
    const receiver = await startTestReceiver({ sink });
    const { stdout } = await canary(`${receiver.url}/webhook`);
    expect(stdout).toMatch(/^FAILED {2}small body: receiver: 503 sink_timeout, by the receiver/);
  });

  test('a name that does not resolve, and a port where nobody listens', async () => {
    const { stdout } = await canary('http://no-such-host.invalid/webhook');
    expect(stdout).toMatch(/^FAILED {2}small body: dns: No answer from http:.*invalid/);
    const [port] = await freePorts(1);
    const closed = await canary(`http://127.0.0.1:${port}/webhook`);
    expect(closed.stdout).toMatch(/^FAILED {2}small body: connection: .*ECONNREFUSED/);
  });

  test('a certificate without trust, one that ends soon, and a good one', async () => {
    const certificates = await createTestCertificates(temporaryDirectory());
    const receiver = await startTestReceiver({
      sink: createMemorySink(),
      env: { TLS_CERT_FILE: certificates.serverCertFile, TLS_KEY_FILE: certificates.serverKeyFile },
    });
    const url = `${receiver.url}/webhook`;
    expect((await canary(url)).stdout).toMatch(/^FAILED {2}small body: certificate: /);
    const trusting = async (...days: string[]) => {
      const cli = join(import.meta.dirname, '../../src/cli.ts');
      const args = [cli, 'canary', '--url', url, '--body-bytes', '2000000', ...days];
      const env = { WEBHOOK_SECRET: testSecret, NODE_EXTRA_CA_CERTS: certificates.caFile };
      const { stdout } = await run(process.execPath, args, { env }).catch((error) => error);
      return stdout;
    };
    const end = 'comapi_webhook_public_certificate_end_timestamp_seconds{webhook="default"}';
    expect(await receiver.metric(end)).toBe(0);
    // It is a good run all the same: deliveries arrive, and the receiver knows when that ends.
    expect(await trusting('--certificate-days', '14')).toMatch(
      /^ok {6}full body: .*\nFAILED {2}certificate: certificate: valid until .*Z, 1\.9 days: should be 14 or more$/m,
    );
    const leftSeconds = (await receiver.metric(end)) - Date.now() / 1000;
    expect(leftSeconds).toBeGreaterThan(86_400);
    expect(leftSeconds).toBeLessThan(2 * 86_400);
    expect(
      await receiver.metric('comapi_webhook_last_canary_timestamp_seconds{webhook="default"}'),
    ).toBeGreaterThan(0);
    expect(await trusting()).toMatch(/^ok {6}full body: 200, 2000000 bytes\nok {6}certificate: .*\n$/m);
  });
});
