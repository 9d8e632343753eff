import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkCertificates } from '../../src/checks/check-certificates.ts';
import { createTestCertificates } from '../support/kafka/test-certificates.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const dayMs = 86_400_000;

test('the dates of a certificate and its key are judged', async () => {
  const directory = temporaryDirectory();
  const { serverCertFile, serverKeyFile, clientKeyFile } = await createTestCertificates(directory);
  const check = (days: number, keyFile?: string) =>
    checkCertificates(
      [
        {
          variable: 'A',
          cert: { file: serverCertFile },
          key: keyFile === undefined ? undefined : { file: keyFile },
        },
      ],
      Date.now() + days * dayMs,
    ).map(({ verdict, text }) => [verdict, text]);

  expect(check(0)).toEqual([['warning', expect.stringMatching(/^A: CN=server is valid until .*, 1 days/)]]);
  expect(check(-60)).toEqual([['error', expect.stringContaining('is not valid before')]]);
  expect(check(3)).toEqual([['error', expect.stringContaining('it has expired')]]);
  expect(check(0, serverKeyFile)).toHaveLength(1);
  expect(check(0, clientKeyFile)[1]).toEqual(['error', expect.stringContaining('does not belong to')]);
  expect(check(0, serverCertFile)[1]).toEqual(['error', expect.stringContaining('cannot be used')]);
});

test('each certificate of a file is judged, and one that cannot be read is an error', async () => {
  const directory = temporaryDirectory();
  const { serverCertFile } = await createTestCertificates(directory);
  const certFile = join(directory, 'chain.pem');
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  writeFileSync(certFile, readFileSync(serverCertFile, 'utf8') + broken);
  const results = checkCertificates([{ variable: 'A', cert: { file: certFile } }], Date.now());
  expect(results.map(({ verdict }) => verdict)).toEqual(['warning', 'error']);
  expect(results[1]?.text).toContain('cannot be read');

  writeFileSync(certFile, 'text');
  expect(checkCertificates([{ variable: 'A', cert: { file: certFile } }], 0)).toMatchObject([
    { verdict: 'error', text: expect.stringContaining('holds no certificate') },
  ]);
});
