import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createWebServer } from '../../../src/http/server/create-web-server.ts';
import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import { captureLog } from '../../support/captured-log.ts';
import { delivery } from '../../support/http-text.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { queuedMs } from '../../support/process-counters.ts';
import { openRaw, sendRaw } from '../../support/raw-request.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../../support/test-receiver.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';

const passphrase = 'only for this key';

async function makeCertificate(directory: string, commonName: string): Promise<void> {
  execFileSync(
    await provideTool('openssl'),
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-days',
      '2',
      '-keyout',
      join(directory, 'key.pem'),
      '-out',
      join(directory, 'cert.pem'),
      '-subj',
      `/CN=${commonName}`,
      '-passout',
      `pass:${passphrase}`,
    ],
    { stdio: 'pipe' },
  );
}

function post(
  url: string,
  body: string,
): Promise<{ readonly status: number | undefined; readonly commonName: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}/webhook`,
      {
        method: 'POST',
        rejectUnauthorized: false,
        agent: false,
        headers: { 'x-comapi-signature': signBody(Buffer.from(body), testSecret) },
      },
      (response) => {
        const { subject } = (response.socket as TLSSocket).getPeerCertificate();
        response
          .resume()
          .on('end', () => resolve({ status: response.statusCode, commonName: String(subject.CN) }));
      },
    );
    outgoing.on('error', reject).end(body);
  });
}

function tlsEnv(directory: string) {
  return {
    TLS_CERT_FILE: join(directory, 'cert.pem'),
    TLS_KEY_FILE: join(directory, 'key.pem'),
    TLS_KEY_PASSPHRASE: passphrase,
  };
}

describe('own TLS', () => {
  test('serves with an encrypted key, and takes up a renewed certificate without a restart', async () => {
    const directory = temporaryDirectory();
    await makeCertificate(directory, 'first');
    const receiver = await startTestReceiver({
      sink: createMemorySink(),
      env: tlsEnv(directory),
    });
    const event = '{"eventId":"e"}';
    expect(await post(receiver.url, event)).toEqual({ status: 200, commonName: 'first' });
    await makeCertificate(directory, 'second');
    await expect.poll(() => post(receiver.url, event)).toEqual({ status: 200, commonName: 'second' });
    expect(receiver.log.lines).toContainEqual(expect.objectContaining({ audit: 'certificate_changed' }));
  });

  test('serves the last good certificate while its files cannot be used, and says so', async () => {
    const directory = temporaryDirectory();
    await makeCertificate(directory, 'first');
    const receiver = await startTestReceiver({
      sink: createMemorySink(),
      env: tlsEnv(directory),
    });
    expect(await receiver.metric('comapi_webhook_certificate_usable')).toBe(1);
    writeFileSync(join(directory, 'cert.pem'), 'no certificate');
    await expect.poll(() => receiver.metric('comapi_webhook_certificate_usable')).toBe(0);
    expect(await receiver.metrics()).toContain('comapi_webhook_certificate_usable 0');
    expect(await receiver.ready()).toBe(true);
    expect(await (await fetch(`${receiver.managementUrl}/readyz?verbose`)).json()).toMatchObject({
      checks: expect.arrayContaining([
        {
          name: 'certificate',
          ok: true,
          hasFault: true,
          detail: expect.stringMatching(/^TLS_CERT_FILE: .*cert\.pem contains no certificate/),
        },
      ]),
    });
    expect(await post(receiver.url, '{"eventId":"e"}')).toEqual({ status: 200, commonName: 'first' });
  });
});

describe('connections that never finish the handshake of TLS', () => {
  async function startTlsReceiver() {
    const directory = temporaryDirectory();
    await makeCertificate(directory, 'handshake');
    const sink = createMemorySink();
    const receiver = await startTestReceiver({
      sink,
      env: { ...tlsEnv(directory), REQUEST_BUDGET_MS: '1500' },
    });
    return { receiver, sink };
  }

  /** Opens connections that send nothing and wait to be closed. */
  async function openSilent({ url }: { readonly url: string }, count: number): Promise<readonly Socket[]> {
    const { hostname, port } = new URL(url);
    const sockets = Array.from({ length: count }, () => connect(Number(port), hostname));
    for (const socket of sockets) {
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => {}).resume();
    }
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return sockets;
  }

  test('are closed after five seconds', async () => {
    const { receiver } = await startTlsReceiver();
    const sockets = await openSilent(receiver, 2);
    sockets[1]?.write('GET / HTTP/1.1\r\n');
    const started = performance.now();
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
    // Checks a time limit. Node's own limit for a TLS handshake is two minutes.
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  test('hold up neither the shutdown nor the closing of the store', async () => {
    const { receiver, sink } = await startTlsReceiver();
    await openSilent(receiver, 5);
    // Checks a time limit. Time during which this process waited for a CPU does not count.
    const now = () => performance.now() - queuedMs(process.pid);
    const started = now();
    await receiver.stop();
    expect(now() - started).toBeLessThan(4_500);
    expect(sink.isClosed).toBe(true);
  });
});

test('an idle connection stays open for longer than proxies keep theirs, up to 90 s', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const { headers } = await sendRaw(receiver.url, delivery('{"eventId":"e"}'));
  const [, seconds] = /keep-alive: timeout=(\d+)/i.exec(headers) ?? [];
  expect(Number(seconds)).toBeGreaterThan(90);
  // The limit is needed because each idle client occupies a connection.
  expect(Number(seconds)).toBeLessThan(120);
});

test('a head has five seconds, a request as long as its budget and a second more, and a head no longer than that', () => {
  const serverOf = (requestBudgetMs: number) => {
    const { logger } = captureLog();
    const limits = { maxConnections: 8, requestBudgetMs, reloadIntervalMs: 1_000 };
    return createWebServer({ handler: () => {}, tls: undefined, logger, ...limits }).server;
  };
  expect(serverOf(8_000)).toMatchObject({ headersTimeout: 5_000, requestTimeout: 9_000 });
  expect(serverOf(1_500)).toMatchObject({ headersTimeout: 2_500, requestTimeout: 2_500 });
});

const withHeaders = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'y']));

test('a request has at most a hundred headers, and those who send more are served again', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  // `delivery` adds four headers itself.
  const most = await sendRaw(receiver.url, delivery('{"eventId":"e"}', withHeaders(96)));
  expect(most.status).toBe(200);
  const more = await sendRaw(receiver.url, delivery('{"eventId":"e"}', withHeaders(97)));
  expect(more).toMatchObject({ status: 431, headers: expect.stringContaining('Connection: close') });
  expect((await sendRaw(receiver.url, delivery('{"eventId":"e"}'))).status).toBe(200);
});

test('a connection is cut whose request has too many headers and no end', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const [head = ''] = delivery('{"eventId":"e"}', withHeaders(900));
  const { socket, answer } = await openRaw(receiver.url, [head]);
  const closed = once(socket, 'close');
  expect((await answer).status).toBe(431);
  await closed;
  expect(await receiver.metric('comapi_webhook_in_flight_bytes')).toBe(0);
});
