import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import {
  createTokenSource,
  fetchMskIamToken,
} from '../../../../../../src/stores/kafka/cluster/kafkajs/oauth/token-source.ts';
import { temporaryDirectory } from '../../../../../support/test-receiver.ts';

test('reads the file each time, without the line end', async () => {
  const file = join(temporaryDirectory(), 'token');
  const tokens = createTokenSource({ provider: 'token-file', tokenFile: file, extensions: { a: 'b' } });
  writeFileSync(file, 'first\n');
  expect(await tokens.current()).toEqual({ value: 'first', extensions: { a: 'b' } });
  writeFileSync(file, 'second');
  expect(await tokens.current()).toMatchObject({ value: 'second' });
  writeFileSync(file, '\n');
  await expect(tokens.current()).rejects.toThrow('does not contain a valid token: the token is empty');
  for (const text of ['not a token', 'token\n\n', 'token\0']) {
    writeFileSync(file, text);
    await expect(tokens.current()).rejects.toThrow(/characters that RFC 6750 does not allow$/);
  }
  rmSync(file);
  await expect(tokens.current()).rejects.toMatchObject({ reason: 'authentication' });
});

afterEach(() => void vi.unstubAllEnvs());

test('is a signed URL of the region, for fifteen minutes', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-a-real-secret-key');
  const { value, lifeMs, extensions } = await fetchMskIamToken('eu-central-1');
  const url = new URL(Buffer.from(value, 'base64url').toString());
  expect(url.origin).toBe('https://kafka.eu-central-1.amazonaws.com');
  const query = Object.fromEntries(url.searchParams);
  expect(query).toMatchObject({
    Action: 'kafka-cluster:Connect',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Expires': '900',
    'X-Amz-SignedHeaders': 'host',
  });
  expect(query['X-Amz-Credential']).toMatch(
    /^AKIDEXAMPLE\/\d{8}\/eu-central-1\/kafka-cluster\/aws4_request$/,
  );
  expect(query['X-Amz-Signature']).toMatch(/^[0-9a-f]{64}$/);
  expect(url.href).not.toContain('not-a-real-secret-key');
  expect(lifeMs).toBeGreaterThan(850_000);
  expect(lifeMs).toBeLessThanOrEqual(910_000);
  expect(extensions).toEqual({});
});

const signer = 'aws-msk-iam-sasl-signer-js';

/** Replaces the AWS package with a fake one, and stops the clock. */
function replaceSigner(load: () => object): void {
  vi.doMock(signer, load);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_000_000 });
  onTestFinished(() => {
    vi.doUnmock(signer);
    vi.useRealTimers();
  });
}

test('a token of the signer lives until its end, from when it was requested', async () => {
  const generateAuthToken = vi.fn(async () => {
    vi.setSystemTime(1_002_000);
    return { token: 'signed', expiryTime: 1_900_000 };
  });
  replaceSigner(() => ({ generateAuthToken }));
  expect(await fetchMskIamToken('eu-west-1')).toEqual({ value: 'signed', lifeMs: 900_000, extensions: {} });
  expect(generateAuthToken.mock.calls).toEqual([[{ region: 'eu-west-1' }]]);
});

test.each([
  ['what it failed of', () => Promise.reject(new Error('no credentials')), 'no credentials'],
  [
    'that it gave something else',
    async () => ({ token: 'no token' }),
    'the token contains characters that RFC 6750 does not allow',
  ],
])('says of the signer %s', async (_what, generateAuthToken, reason) => {
  replaceSigner(() => ({ generateAuthToken }));
  const tokens = createTokenSource({ provider: 'aws-msk-iam', region: 'eu-west-1' });
  await expect(tokens.current()).rejects.toMatchObject({
    reason: 'authentication',
    message: `the AWS signer did not return a valid token: ${reason}`,
  });
});

test('waits ten seconds for the signer', async () => {
  const asked = Promise.withResolvers<void>();
  const generateAuthToken = () => {
    asked.resolve();
    return new Promise(() => {});
  };
  replaceSigner(() => ({ generateAuthToken }));
  const ended = vi.fn();
  void fetchMskIamToken('eu-west-1').catch(ended);
  await asked.promise;
  await vi.advanceTimersByTimeAsync(9_999);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(ended.mock.calls).toMatchObject([
    [
      {
        message:
          'the AWS signer did not return a valid token: finding AWS credentials took longer than 10000 ms',
      },
    ],
  ]);
});

test.each([
  [
    'says what to install when the signer is not there',
    'ERR_MODULE_NOT_FOUND',
    /^The package aws-msk-iam-sasl-signer-js is not installed: /,
  ],
  ['a signer that cannot be loaded is not taken for one that is not there', 'ERR_DLOPEN_FAILED', /^of Node$/],
])('%s', async (_what, code, message) => {
  let isLoaded = false;
  const error = Object.assign(new Error('of Node'), { code });
  // vitest would wrap an error of the import itself. So the import succeeds, and awaiting the imported object throws
  // the error.
  const fail = (_resolve: unknown, reject: (reason: Error) => void) => reject(error);
  replaceSigner(() => new Proxy({}, { has: () => true, get: () => (isLoaded ? fail : undefined) }));
  await import(signer);
  isLoaded = true;
  const failure = await fetchMskIamToken('eu-west-1').catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ message: expect.stringMatching(message) });
});
