import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { postForm } from '../../../../src/kafka/kafkajs/oauth/post-form.ts';
import { startEndlessServer } from '../../../support/endless-server.ts';
import { startTokenEndpoint } from '../../../support/kafka/oauth/token-endpoint.ts';
import { createTestCertificates } from '../../../support/kafka/test-certificates.ts';
import { temporaryDirectory } from '../../../support/test-receiver.ts';

const options = { authorization: 'Basic YTpi', form: { a: 'b c' }, timeoutMs: 5_000 };

test('gives up after the time for the whole exchange', async () => {
  const { url } = await startTokenEndpoint({ answer: () => undefined });
  await expect(postForm(url, { ...options, timeoutMs: 100 })).rejects.toThrow('it took longer than 100 ms');
});

test('trusts the authority that it is given, and no other', async () => {
  const { caFile, serverCertFile, serverKeyFile } = await createTestCertificates(temporaryDirectory());
  const tls = { cert: readFileSync(serverCertFile), key: readFileSync(serverKeyFile) };
  const { url, requests } = await startTokenEndpoint({ tls, answer: () => ({ body: 'yes' }) });
  await expect(postForm(url, options)).rejects.toThrow(/certificate/);
  expect(await postForm(url, { ...options, ca: readFileSync(caFile, 'utf8') })).toEqual({
    status: 200,
    text: 'yes',
  });
  expect(requests).toMatchObject([{ form: { a: 'b c' } }]);
});

test('an answer without an end is not read to it', async () => {
  const url = await startEndlessServer();
  await expect(postForm(url, options)).rejects.toThrow('the answer is longer than 1048576 bytes');
});
