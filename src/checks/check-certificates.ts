import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CheckResult } from './check-result.ts';

const dayMs = 86_400_000;
const soonDays = 30;

/** A certificate that the configuration names. */
export interface CertificateFile {
  /** The variable that names it. */
  readonly variable: string;
  readonly certFile: string;
  /** `undefined` for the certificate of somebody else. */
  readonly keyFile?: string | undefined;
  readonly passphrase?: string | undefined;
}

/** The dates of each certificate, and whether the own ones belong to their keys. */
export function checkCertificates(files: readonly CertificateFile[], nowMs: number): CheckResult[] {
  return files.flatMap(({ variable, certFile, keyFile, passphrase }) => [
    ...checkDates(variable, certFile, nowMs),
    ...(keyFile === undefined ? [] : checkKey(variable, certFile, keyFile, passphrase)),
  ]);
}

function checkDates(variable: string, file: string, nowMs: number): CheckResult[] {
  const blocks = readFileSync(file, 'utf8').match(
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
  );
  if (blocks === null) {
    return [
      {
        area: 'tls',
        verdict: 'error',
        text: `${variable}: ${file} holds no certificate`,
        advice: 'Give a PEM file with the certificate, its chain after it.',
      },
    ];
  }
  return blocks.map((block) => judgeDates(variable, block, nowMs));
}

function judgeDates(variable: string, block: string, nowMs: number): CheckResult {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch (error) {
    return {
      area: 'tls',
      verdict: 'error',
      text: `${variable}: a certificate cannot be read: ${toText(error)}`,
    };
  }
  const { validFromDate, validToDate } = certificate;
  const subject = certificate.subject.replaceAll('\n', ', ');
  const days = Math.floor((validToDate.getTime() - nowMs) / dayMs);
  const text = `${variable}: ${subject} is valid until ${validToDate.toISOString().slice(0, 10)}`;
  if (validFromDate.getTime() > nowMs) {
    return {
      area: 'tls',
      verdict: 'error',
      text: `${variable}: ${subject} is not valid before ${validFromDate.toISOString()}`,
      advice: 'Check the clock, or wait.',
    };
  }
  if (days < 0) {
    return { area: 'tls', verdict: 'error', text: `${text}: it has expired`, advice: 'Renew it.' };
  }
  return days < soonDays
    ? { area: 'tls', verdict: 'warning', text: `${text}, ${days} days from now`, advice: 'Renew it soon.' }
    : { area: 'tls', verdict: 'ok', text };
}

function checkKey(
  variable: string,
  certFile: string,
  keyFile: string,
  passphrase: string | undefined,
): CheckResult[] {
  try {
    const key = createPrivateKey({
      key: readFileSync(keyFile),
      ...(passphrase !== undefined && { passphrase }),
    });
    if (new X509Certificate(readFileSync(certFile)).checkPrivateKey(key)) {
      return [];
    }
    return [
      {
        area: 'tls',
        verdict: 'error',
        text: `${variable}: the key ${keyFile} does not belong to this certificate`,
        advice: 'Give the key that the certificate was made for.',
      },
    ];
  } catch (error) {
    return [
      {
        area: 'tls',
        verdict: 'error',
        text: `${variable}: the key ${keyFile} cannot be used: ${toText(error)}`,
        advice: 'Give a PEM key, and TLS_KEY_PASSPHRASE if it is encrypted.',
      },
    ];
  }
}

function toText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
