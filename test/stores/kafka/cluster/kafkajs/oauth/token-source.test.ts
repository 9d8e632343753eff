import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
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
  await expect(tokens.current()).rejects.toThrow('KAFKA_OAUTH_TOKEN_FILE holds no token: it is empty');
  for (const text of ['not a token', 'token\n\n', 'token\0']) {
    writeFileSync(file, text);
    await expect(tokens.current()).rejects.toThrow(/characters that no token has$/);
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
