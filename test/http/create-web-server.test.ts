import { execFileSync } from 'node:child_process';
import { request } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { signBody } from '../../src/provider/sign-body.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { openRaw } from '../support/raw-request.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const passphrase = 'only for this key';

function makeCertificate(directory: string, commonName: string): void {
  execFileSync(
    'openssl',
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

describe('own TLS', () => {
  test('serves with an encrypted key, and takes up a renewed certificate without a restart', async () => {
    const directory = temporaryDirectory();
    makeCertificate(directory, 'first');
    const receiver = await startTestReceiver({
      sink: createMemorySink(),
      env: {
        TLS_CERT_FILE: join(directory, 'cert.pem'),
        TLS_KEY_FILE: join(directory, 'key.pem'),
        TLS_KEY_PASSPHRASE: passphrase,
      },
    });
    const event = '{"eventId":"e"}';
    expect(await post(receiver.url, event)).toEqual({ status: 200, commonName: 'first' });
    makeCertificate(directory, 'second');
    await expect
      .poll(() => post(receiver.url, event), { timeout: 10_000 })
      .toEqual({ status: 200, commonName: 'second' });
  });
});

describe('slow clients', () => {
  test('a request whose headers do not end is cut off', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const { answer } = await openRaw(receiver.url, ['POST /webhook HTTP/1.1\r\nHost: x\r\nX-More: ']);
    expect(await answer).toMatchObject({ status: 408 });
  });
});
