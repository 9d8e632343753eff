import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { CheckResult } from '../ports/check-result.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError } from '../runtime/errors.ts';
import type { TlsConfig, TlsFiles } from './http-config.ts';
import { type Pem, readPem } from './read-text-file.ts';
import type { StoreTlsConfig } from './store-tls.ts';

const dayMs = 86_400_000;
const expiryWarningDays = 30;
const pemCertificateHeader = '-----BEGIN CERTIFICATE-----';

export interface Certificate {
  /** The variable that holds the certificate or names its file. */
  readonly variable: string;
  readonly cert: Pem;
  /** The private key. Only the receiver's own certificates have one. */
  readonly key?: Pem | undefined;
  readonly passphrase?: string | undefined;
}

/** Checks the validity period of each certificate, and that each private key matches its certificate. */
export function checkCertificates(certificates: readonly Certificate[], nowMs: number): CheckResult[] {
  return certificates.flatMap((certificate) => [
    ...checkCertificateDates(certificate, nowMs),
    ...checkKey(certificate),
  ]);
}

function checkCertificateDates({ variable, cert }: Certificate, nowMs: number): CheckResult[] {
  const pemBlocks = readPem(cert).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  return pemBlocks === null
    ? [
        createTlsError(
          `${variable}: ${cert.file ?? 'the text'} contains no certificate`,
          'Use a PEM file with the certificate first, followed by its chain.',
        ),
      ]
    : pemBlocks.map((block) => checkValidity(variable, block, nowMs));
}

function checkValidity(variable: string, block: string, nowMs: number): CheckResult {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch {
    return createTlsError(
      `${variable}: cannot parse a certificate: the PEM data is damaged`,
      'Use the unchanged file from the certificate authority.',
    );
  }
  const { validFromDate, validToDate } = certificate;
  const certificateSubject = certificate.subject.replaceAll('\n', ', ');
  const remainingDays = Math.floor((validToDate.getTime() - nowMs) / dayMs);
  const text = `${variable}: ${certificateSubject} is valid until ${validToDate.toISOString().slice(0, 10)}`;
  if (validFromDate.getTime() > nowMs) {
    return createTlsError(
      `${variable}: ${certificateSubject} is not valid before ${validFromDate.toISOString()}`,
      'Check the clock of this machine, or wait until this date.',
    );
  }
  if (remainingDays < 0) {
    return createTlsError(`${text}: the certificate has expired`, 'Renew the certificate.');
  }
  return remainingDays < expiryWarningDays
    ? {
        area: 'tls',
        verdict: 'warning',
        text: `${text}, ${remainingDays} days from now`,
        advice: 'Renew the certificate soon.',
      }
    : { area: 'tls', verdict: 'ok', text };
}

function checkKey(certificate: Certificate): CheckResult[] {
  const { variable, cert, key, passphrase } = certificate;
  if (key === undefined) {
    return [];
  }
  const text = readPem(cert);
  if (!text.includes(pemCertificateHeader)) {
    return [];
  }
  const keyName = key.file === undefined ? 'its key' : `the key ${key.file}`;
  try {
    const privateKey = createPrivateKey({ key: readPem(key), ...(passphrase && { passphrase }) });
    if (new X509Certificate(text).checkPrivateKey(privateKey)) {
      return [];
    }
    const mismatchText = `${variable}: ${keyName} does not match this certificate`;
    return [createTlsError(mismatchText, 'Use the private key that the certificate was issued for.')];
  } catch (thrown) {
    return [
      createTlsError(
        `${variable}: ${keyName} cannot be used: ${describeKeyProblem(thrown)}`,
        variable === 'TLS_CERT_FILE'
          ? 'Use a PEM private key. If it is encrypted, set TLS_KEY_PASSPHRASE.'
          : 'Use a PEM private key without a passphrase: openssl pkey -in client.key -out plain.key',
      ),
    ];
  }
}

/** Maps OpenSSL error codes to messages that say what to fix, which OpenSSL's messages do not. */
function describeKeyProblem(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return privateKeyProblems[code] ?? describeError(thrown);
}

const privateKeyProblems: Readonly<Record<string, string>> = {
  ERR_OSSL_UNSUPPORTED: 'it is not a PEM private key',
  ERR_OSSL_BAD_DECRYPT: 'the passphrase is wrong',
  // OpenSSL reports this error when it prompts for the passphrase and receives no input.
  ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED: 'it is encrypted, but no passphrase is set',
  ERR_MISSING_PASSPHRASE: 'it is encrypted, but no passphrase is set',
};

export function listStoreCertificates({ caFile, certFile, keyFile }: StoreTlsConfig): Certificate[] {
  return [
    ...(caFile === undefined ? [] : [{ variable: 'STORE_TLS_CA_FILE', cert: { file: caFile } }]),
    ...(certFile === undefined || keyFile === undefined
      ? []
      : [{ variable: 'STORE_TLS_CERT_FILE', cert: { file: certFile }, key: { file: keyFile } }]),
  ];
}

/** The certificate of the receiver's public port. */
export function readServerCertificate({ certFile, keyFile, passphrase }: TlsConfig): Certificate {
  return { variable: 'TLS_CERT_FILE', cert: { file: certFile }, key: { file: keyFile }, passphrase };
}

/** Explains why the server certificate is unusable and how to fix it. Returns `undefined` if there is no problem. */
export function findCertificateProblem(tls: TlsConfig, { cert, key }: TlsFiles): string | undefined {
  const certificate = {
    ...readServerCertificate(tls),
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

function createTlsError(text: string, advice?: string): CheckResult {
  return { area: 'tls', verdict: 'error', text, ...(advice !== undefined && { advice }) };
}
