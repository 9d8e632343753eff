import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { type HmacKind, hmacKinds } from '../webhook/hmac-sha1.ts';
import { findBaseUrlFault } from './base-url.ts';
import { checkReadable } from './files.ts';
import { hostVariable } from './management-config.ts';
import {
  booleanVariable,
  choiceVariable,
  credentialVariable,
  integerVariable,
  patternVariable,
  readVariables,
  textVariable,
  type Values,
} from './variables.ts';

export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  readonly passphrase?: string;
}

export interface HttpConfig {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: TlsConfig;
  /** Where the provider reaches the receiver, without a slash at its end; shown on the landing page. */
  readonly publicUrl?: string;
  /** Whether the landing page at `/` shows all webhooks. */
  readonly landingPagePaths: boolean;
  /** Lower case, as node:http names headers. */
  readonly signatureHeader: string;
  readonly signatureHmac: HmacKind;
  readonly requestBudgetMs: number;
  readonly bodyTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly maxInFlightRequests: number;
  readonly maxInFlightBytes: number;
}

/** The provider gives up after 10 s; the rest is for the network and the proxies between. */
const maxRequestBudgetMs = 9_500;

/** The least part of the budget that the store gets. */
const minAppendMs = 1_000;

const mebibyte = 1024 * 1024;

/** The size limit of a body is that of a dead letter as well. */
export const maxBodyBytesVariable = integerVariable(10 * mebibyte, { min: 1024, max: 100 * mebibyte });

export const httpEntries = {
  HTTP_HOST: hostVariable,
  HTTP_PORT: integerVariable(undefined, { min: 0, max: 65_535 }),
  PORT: integerVariable(8080, { min: 0, max: 65_535 }),
  TLS_CERT_FILE: textVariable(undefined),
  TLS_KEY_FILE: textVariable(undefined),
  TLS_KEY_PASSPHRASE: credentialVariable(),
  PUBLIC_URL: textVariable(undefined),
  LANDING_PAGE_PATHS: booleanVariable(false),
  SIGNATURE_HEADER: patternVariable('x-comapi-signature', /^[A-Za-z0-9-]+$/, 'a header name'),
  SIGNATURE_HMAC: choiceVariable(hmacKinds, 'auto'),
  REQUEST_BUDGET_MS: integerVariable(8_000, { min: 1_500, max: maxRequestBudgetMs }),
  BODY_TIMEOUT_MS: integerVariable(5_000, { min: 100, max: maxRequestBudgetMs }),
  MAX_BODY_BYTES: maxBodyBytesVariable,
  MAX_IN_FLIGHT_REQUESTS: integerVariable(2_048, { min: 1, max: 1_000_000 }),
  MAX_IN_FLIGHT_BYTES: integerVariable(64 * mebibyte, { min: 1024, max: 16_384 * mebibyte }),
};

type Variables = Values<typeof httpEntries>;

/** The public port. Its limits fit together: a body that is admitted can be read and stored within the budget. */
export function readHttpConfig(env: Env, problems: ConfigProblem[]): HttpConfig {
  const read = readVariables(httpEntries, env, problems);
  const tls = readTls(read, problems);
  const publicUrl = readPublicUrl(read.PUBLIC_URL, problems);
  checkLimits(read, problems);
  return {
    host: read.HTTP_HOST,
    port: read.HTTP_PORT ?? read.PORT,
    ...(tls && { tls }),
    ...(publicUrl !== undefined && { publicUrl }),
    landingPagePaths: read.LANDING_PAGE_PATHS,
    signatureHeader: read.SIGNATURE_HEADER.toLowerCase(),
    signatureHmac: read.SIGNATURE_HMAC,
    requestBudgetMs: read.REQUEST_BUDGET_MS,
    bodyTimeoutMs: read.BODY_TIMEOUT_MS,
    maxBodyBytes: read.MAX_BODY_BYTES,
    maxInFlightRequests: read.MAX_IN_FLIGHT_REQUESTS,
    maxInFlightBytes: read.MAX_IN_FLIGHT_BYTES,
  };
}

function readTls(read: Variables, problems: ConfigProblem[]): TlsConfig | undefined {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_KEY_PASSPHRASE: passphrase } = read;
  checkReadable({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }, problems);
  if (certFile !== undefined && keyFile !== undefined) {
    return { certFile, keyFile, ...(passphrase !== undefined && { passphrase }) };
  }
  if (certFile ?? keyFile ?? passphrase) {
    const variable = certFile === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE';
    problems.push({ variable, message: 'is missing: TLS needs both TLS_CERT_FILE and TLS_KEY_FILE.' });
  }
  return undefined;
}

function readPublicUrl(text: string | undefined, problems: ConfigProblem[]): string | undefined {
  const fault = text === undefined ? undefined : findBaseUrlFault(text);
  if (fault !== undefined) {
    problems.push({
      variable: 'PUBLIC_URL',
      message: `${fault}. Give the part before the path of a webhook, such as https://hooks.example.com.`,
    });
  }
  return text?.replace(/\/+$/, '');
}

function checkLimits(read: Variables, problems: ConfigProblem[]): void {
  if (read.BODY_TIMEOUT_MS + minAppendMs > read.REQUEST_BUDGET_MS) {
    problems.push({
      variable: 'BODY_TIMEOUT_MS',
      message: `leaves less than ${minAppendMs} ms of REQUEST_BUDGET_MS (${read.REQUEST_BUDGET_MS}) for the store: lower it.`,
    });
  }
  if (read.MAX_BODY_BYTES > read.MAX_IN_FLIGHT_BYTES) {
    problems.push({
      variable: 'MAX_IN_FLIGHT_BYTES',
      message: `is less than MAX_BODY_BYTES (${read.MAX_BODY_BYTES}): such a body could never be admitted. Raise it.`,
    });
  }
}
