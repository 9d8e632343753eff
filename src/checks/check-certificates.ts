import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { KafkaTlsConfig } from '../config/kafka-config.ts';
import type { TlsConfig } from '../config/receiver-config.ts';
import type { CheckResult } from './check-result.ts';

const dayMs = 86_400_000;
const soonDays = 30;

export interface CertificateFiles {
  readonly tls?: TlsConfig | undefined;
  readonly kafkaTls?: KafkaTlsConfig | undefined;
}

/** Dates of every certificate that the configuration names, and whether the own ones go with their keys. */
export function checkCertificates({ tls, kafkaTls }: CertificateFiles, nowMs: number): CheckResult[] {
  return [
    ...(tls === undefined
      ? []
      : [
          ...checkDates('TLS_CERT_FILE', tls.certFile, nowMs),
          ...checkKey('TLS_CERT_FILE', tls.certFile, tls.keyFile, tls.passphrase),
        ]),
    ...(kafkaTls?.caFile === undefined ? [] : checkDates('KAFKA_TLS_CA_FILE', kafkaTls.caFile, nowMs)),
    ...(kafkaTls?.certFile === undefined || kafkaTls.keyFile === undefined
      ? []
      : [
          ...checkDates('KAFKA_TLS_CERT_FILE', kafkaTls.certFile, nowMs),
          ...checkKey('KAFKA_TLS_CERT_FILE', kafkaTls.certFile, kafkaTls.keyFile, undefined),
        ]),
  ];
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
