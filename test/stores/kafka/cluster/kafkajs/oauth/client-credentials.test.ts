import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  fetchClientCredentialsToken,
  postForm,
} from '../../../../../../src/stores/kafka/cluster/kafkajs/oauth/client-credentials.ts';
import { holdFiles } from '../../../../../support/disk/hold-files.ts';
import { startTokenEndpoint, type TokenAnswer } from '../../../../../support/kafka/oauth/token-endpoint.ts';
import { createTestCertificates } from '../../../../../support/kafka/test-certificates.ts';
import { temporaryDirectory } from '../../../../../support/test-receiver.ts';

const secret = 'a secret:with ünusual characters';
const login = {
  clientId: 'client:1',
  clientSecret: secret,
  extensions: { logicalCluster: 'lkc-1' },
} as const;

async function fetchFrom(answer: TokenAnswer, change: object = {}) {
  const endpoint = await startTokenEndpoint({ answer: () => answer });
  const config = { ...login, tokenEndpoint: endpoint.url, ...change };
  return { endpoint, token: fetchClientCredentialsToken(config) };
}

describe('a token from a token endpoint', () => {
  test('is requested with client id and secret, encoded as RFC 6749 says, and the scope', async () => {
    const body = { access_token: 'abc.def', expires_in: 300 };
    const { endpoint, token } = await fetchFrom({ body }, { scope: 'kafka events' });
    expect(await token).toEqual({
      value: 'abc.def',
      lifeMs: 300_000,
      extensions: { logicalCluster: 'lkc-1' },
    });
    const [request] = endpoint.requests;
    expect(request?.form).toEqual({ grant_type: 'client_credentials', scope: 'kafka events' });
    const [, basic = ''] = /^Basic (.+)$/.exec(request?.headers.authorization ?? '') ?? [];
    const parts = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
    expect(parts).toEqual(['client:1', secret]);
  });

  test.each([
    [{ access_token: 'abc', expires_in: '120' }, 120_000],
    [{ access_token: 'abc', expires_in: 1 }, 1_000],
    [{ access_token: 'abc' }, 60_000],
  ])('%j lives for %d ms', async (body, lifeMs) => {
    const { token } = await fetchFrom({ body });
    expect(await token).toMatchObject({ lifeMs });
  });

  test('uses the secret that the file holds now', async () => {
    const file = join(temporaryDirectory(), 'secret');
    writeFileSync(file, 'second\n');
    const { clientSecret: _, ...rest } = login;
    const endpoint = await startTokenEndpoint({ answer: () => ({ body: { access_token: 'abc' } }) });
    await fetchClientCredentialsToken({ ...rest, clientSecretFile: file, tokenEndpoint: endpoint.url });
    const basic = endpoint.requests[0]?.headers.authorization?.replace('Basic ', '') ?? '';
    expect(Buffer.from(basic, 'base64').toString()).toBe('client%3A1:second');
  });

  test('is not waited for when its files cannot be read to their end', async () => {
    const room = temporaryDirectory();
    const file = join(room, 'secret');
    writeFileSync(file, 'second');
    holdFiles(room);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { clientSecret: _, ...rest } = login;
    const config = { ...rest, clientSecretFile: file, tokenEndpoint: 'http://127.0.0.1:1/token' };
    const failed = expect(fetchClientCredentialsToken(config)).rejects.toThrow('took longer than 10000 ms');
    await vi.advanceTimersByTimeAsync(10_000);
    await failed;
  });

  test.each<[TokenAnswer, string]>([
    [
      { status: 401, body: { error: 'invalid_client', error_description: `no client with ${secret}` } },
      'the token endpoint returned 401, invalid_client: no client with ***',
    ],
    [
      { status: 400, body: { error: 'x'.repeat(301) } },
      `the token endpoint returned 400, ${'x'.repeat(300)}`,
    ],
    [{ status: 503, body: '<html>down' }, 'the token endpoint returned 503'],
    [{ status: 302, body: '' }, 'the token endpoint returned 302'],
    [
      { body: '<html>login' },
      'the token endpoint returned 200, but access_token or expires_in is missing or invalid',
    ],
    [
      { body: { access_token: 'abc', expires_in: -1 } },
      'the token endpoint returned 200, but access_token or expires_in is missing or invalid',
    ],
    [
      { body: { access_token: 'abc\u0001auth=other' } },
      'the token endpoint returned an invalid access_token: the token contains characters that RFC 6750 does not allow',
    ],
  ])('%j is a failure that says so', async (answer, message) => {
    const { token } = await fetchFrom(answer);
    await expect(token).rejects.toThrow(new Error(message));
  });

  test('does not come from a closed port', async () => {
    const config = { ...login, tokenEndpoint: 'http://127.0.0.1:1/token' };
    await expect(fetchClientCredentialsToken(config)).rejects.toThrow(
      'the token endpoint did not respond: connect ECONNREFUSED 127.0.0.1:1',
    );
  });
});

const options = { authorization: 'Basic YTpi', form: { a: 'b c' }, timeoutMs: 5_000 };

test('gives up after the time for the whole exchange', async () => {
  const { url } = await startTokenEndpoint({ answer: () => undefined });
  await expect(postForm(url, { ...options, timeoutMs: 100 })).rejects.toThrow(
    'the request took longer than 100 ms',
  );
});

test('tells nothing to an endpoint whose authority Node does not know', async () => {
  const { serverCertFile, serverKeyFile } = await createTestCertificates(temporaryDirectory());
  const tls = { cert: readFileSync(serverCertFile), key: readFileSync(serverKeyFile) };
  const { url, requests } = await startTokenEndpoint({ tls, answer: () => ({ body: 'yes' }) });
  await expect(postForm(url, options)).rejects.toThrow(/certificate/);
  expect(requests).toEqual([]);
});
