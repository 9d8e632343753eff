import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { CheckResult } from '../ports/check-result.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError } from '../runtime/errors.ts';
import type { TlsConfig, TlsFiles } from './http-config.ts';
import { type Pem, readPem } from './read-text-file.ts';
import type { StoreTlsConfig } from './store-tls.ts';

const dayMs = 86_400_000;
const soonDays = 30;
const certificateStart = '-----BEGIN CERTIFICATE-----';

/** A certificate of the configuration. */
export interface Certificate {
  /** The variable that holds or names it. */
  readonly variable: string;
  readonly cert: Pem;
  /** Only a certificate of our own has a key. */
  readonly key?: Pem | undefined;
  readonly passphrase?: string | undefined;
}

/** Whether each certificate is valid now, and whether our own ones belong to their keys. */
export function checkCertificates(certificates: readonly Certificate[], nowMs: number): CheckResult[] {
  return certificates.flatMap((certificate) => [...checkDates(certificate, nowMs), ...checkKey(certificate)]);
}

function checkDates({ variable, cert }: Certificate, nowMs: number): CheckResult[] {
  const blocks = readPem(cert).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  return blocks === null
    ? [
        error(
          `${variable}: ${cert.file ?? 'the text'} holds no certificate`,
          'Give PEM with the certificate, its chain after it.',
        ),
      ]
    : blocks.map((block) => checkValidity(variable, block, nowMs));
}

function checkValidity(variable: string, block: string, nowMs: number): CheckResult {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch {
    return error(
      `${variable}: a certificate cannot be read: its PEM is damaged`,
      'Give it as it was issued.',
    );
  }
  const { validFromDate, validToDate } = certificate;
  const subject = certificate.subject.replaceAll('\n', ', ');
  const days = Math.floor((validToDate.getTime() - nowMs) / dayMs);
  const text = `${variable}: ${subject} is valid until ${validToDate.toISOString().slice(0, 10)}`;
  if (validFromDate.getTime() > nowMs) {
    return error(
      `${variable}: ${subject} is not valid before ${validFromDate.toISOString()}`,
      'Check the clock, or wait.',
    );
  }
  if (days < 0) {
    return error(`${text}: it has expired`, 'Renew it.');
  }
  return days < soonDays
    ? { area: 'tls', verdict: 'warning', text: `${text}, ${days} days from now`, advice: 'Renew it soon.' }
    : { area: 'tls', verdict: 'ok', text };
}

function checkKey(certificate: Certificate): CheckResult[] {
  const { variable, cert, key, passphrase } = certificate;
  if (key === undefined) {
    return [];
  }
  const text = readPem(cert);
  if (!text.includes(certificateStart)) {
    return [];
  }
  const keyName = key.file === undefined ? 'its key' : `the key ${key.file}`;
  try {
    const privateKey = createPrivateKey({ key: readPem(key), ...(passphrase && { passphrase }) });
    if (new X509Certificate(text).checkPrivateKey(privateKey)) {
      return [];
    }
    const mismatch = `${variable}: ${keyName} does not belong to this certificate`;
    return [error(mismatch, 'Give the key that the certificate was made for.')];
  } catch (thrown) {
    return [
      error(
        `${variable}: ${keyName} cannot be used: ${describeKeyProblem(thrown)}`,
        variable === 'TLS_CERT_FILE'
          ? 'Give a PEM key, and TLS_KEY_PASSPHRASE if it is encrypted.'
          : 'Give a PEM key without a passphrase: openssl pkey -in client.key -out plain.key',
      ),
    ];
  }
}

/** OpenSSL's own words name no cause that a person could mend. */
function describeKeyProblem(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return keyProblems[code] ?? describeError(thrown);
}

const keyProblems: Readonly<Record<string, string>> = {
  ERR_OSSL_UNSUPPORTED: 'it is no private key in PEM',
  ERR_OSSL_BAD_DECRYPT: 'it is encrypted with another passphrase',
  // OpenSSL asks for the passphrase, and nobody answers.
  ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED: 'it is encrypted, and no passphrase is set',
  ERR_MISSING_PASSPHRASE: 'it is encrypted, and no passphrase is set',
};

/** The certificates of a store that is reached by a URL. */
export function listStoreCertificates({ caFile, certFile, keyFile }: StoreTlsConfig): Certificate[] {
  return [
    ...(caFile === undefined ? [] : [{ variable: 'STORE_TLS_CA_FILE', cert: { file: caFile } }]),
    ...(certFile === undefined || keyFile === undefined
      ? []
      : [{ variable: 'STORE_TLS_CERT_FILE', cert: { file: certFile }, key: { file: keyFile } }]),
  ];
}

/** The certificate of the receiver's own public port. */
export function toServerCertificate({ certFile, keyFile, passphrase }: TlsConfig): Certificate {
  return { variable: 'TLS_CERT_FILE', cert: { file: certFile }, key: { file: keyFile }, passphrase };
}

/** Why a server cannot use its certificate, and what to do; `undefined` when nothing is found. */
export function findCertificateProblem(tls: TlsConfig, { cert, key }: TlsFiles): string | undefined {
  const certificate = {
    ...toServerCertificate(tls),
    cert: { file: tls.certFile, text: cert },
    key: { file: tls.keyFile, text: key },
  };
  const problems = checkCertificates([certificate], systemClock.epochMs()).filter(
    ({ verdict }) => verdict === 'error',
  );
  return problems.length === 0
    ? undefined
    : problems.map(({ text, advice }) => (advice === undefined ? text : `${text}. ${advice}`)).join(' ');
}

function error(text: string, advice?: string): CheckResult {
  return { area: 'tls', verdict: 'error', text, ...(advice !== undefined && { advice }) };
}
