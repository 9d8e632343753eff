import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  checkCertificates,
  findCertificateProblem,
  listStoreCertificates,
} from '../../src/config/check-certificates.ts';
import { createTestCertificates } from '../support/kafka/test-certificates.ts';
import { startTestReceiver, temporaryDirectory } from '../support/test-receiver.ts';

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
  expect(check(3)).toEqual([['error', expect.stringContaining('the certificate has expired')]]);
  const { validFromDate, validToDate } = new X509Certificate(readFileSync(serverCertFile));
  const [first, last] = [validFromDate.getTime(), validToDate.getTime()];
  const verdicts = [first - 1, first, last, last + 1].map((nowMs) =>
    checkCertificates([{ variable: 'A', cert: { file: serverCertFile } }], nowMs).map((each) => each.verdict),
  );
  expect(verdicts.flat()).toEqual(['error', 'warning', 'warning', 'error']);
  expect(check(0, serverKeyFile)).toHaveLength(1);
  expect(check(0, clientKeyFile)[1]).toEqual(['error', expect.stringContaining('does not match')]);
  expect(check(0, serverCertFile)[1]).toEqual(['error', expect.stringContaining('cannot be used')]);
  expect(check(0, serverCertFile)[1]?.[1]).toContain('it is not a PEM private key');
});

test.each([
  ['without its passphrase', undefined, 'it is encrypted, but no passphrase is set'],
  ['with another passphrase', 'other', 'the passphrase is wrong'],
])('an encrypted key %s is named', async (_name, passphrase, fault) => {
  const { serverCertFile, serverKeyFile } = await createTestCertificates(temporaryDirectory());
  const key = createPrivateKey(readFileSync(serverKeyFile, 'utf8')).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'right',
  });
  const certificate = {
    variable: 'A',
    cert: { file: serverCertFile },
    key: { text: String(key) },
    passphrase,
  };
  const [, found] = checkCertificates([certificate], Date.now());
  expect(found?.text).toBe(`A: its key cannot be used: ${fault}`);
});

test('why the receiver cannot use its certificate is said once, with what to do', async () => {
  const directory = temporaryDirectory();
  const { serverCertFile, clientKeyFile } = await createTestCertificates(directory);
  const noPem = join(directory, 'no.pem');
  writeFileSync(noPem, 'text');
  const find = (certFile: string, keyFile: string) =>
    findCertificateProblem(
      { certFile, keyFile },
      { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') },
    );
  expect(find(noPem, noPem)).toBe(
    `TLS_CERT_FILE: ${noPem} contains no certificate. Use a PEM file with the certificate first, followed by its chain.`,
  );
  expect(find(serverCertFile, clientKeyFile)).toContain(
    'does not match this certificate. Use the private key',
  );
  const refused = startTestReceiver({ env: { TLS_CERT_FILE: noPem, TLS_KEY_FILE: noPem } });
  await expect(refused).rejects.toThrow('contains no certificate');
});

test('each certificate of a file is judged, and one that cannot be read is an error', async () => {
  const directory = temporaryDirectory();
  const { serverCertFile } = await createTestCertificates(directory);
  const certFile = join(directory, 'chain.pem');
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  writeFileSync(certFile, readFileSync(serverCertFile, 'utf8') + broken);
  const results = checkCertificates([{ variable: 'A', cert: { file: certFile } }], Date.now());
  expect(results.map(({ verdict }) => verdict)).toEqual(['warning', 'error']);
  expect(results[1]?.text).toContain('cannot parse');

  writeFileSync(certFile, 'text');
  expect(checkCertificates([{ variable: 'A', cert: { file: certFile } }], 0)).toMatchObject([
    { verdict: 'error', text: expect.stringContaining('contains no certificate') },
  ]);
});

test('the certificates of a store are named by its variables, its own only with the key', () => {
  const own = { certFile: 'cert', keyFile: 'key' };
  expect(listStoreCertificates({})).toEqual([]);
  expect(listStoreCertificates({ caFile: 'ca', certFile: 'cert' })).toEqual([
    { variable: 'STORE_TLS_CA_FILE', cert: { file: 'ca' } },
  ]);
  expect(listStoreCertificates(own)).toEqual([
    { variable: 'STORE_TLS_CERT_FILE', cert: { file: 'cert' }, key: { file: 'key' } },
  ]);
});
