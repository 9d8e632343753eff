import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { baseUrlVariable } from './base-url.ts';
import { hostVariable, portRange } from './process-config.ts';
import { checkReadable } from './read-text-file.ts';
import { maxBodyBytesVariable } from './record-config.ts';
import {
  booleanVariable,
  credentialVariable,
  integerVariable,
  patternVariable,
  readVariables,
  textVariable,
  type Values,
} from './variables.ts';

/** The provider gives up after 10 s; the rest is for the network and the proxies between. */
const maxRequestBudgetMs = 9_500;

/** The least part of the budget that the store gets. */
const minAppendMs = 1_000;

const mebibyte = 1024 * 1024;

const variables = {
  host: hostVariable,
  /** Where the provider reaches the receiver; shown on the landing page. */
  publicUrl: baseUrlVariable(
    'PUBLIC_URL',
    'Give the part before the path of a webhook, such as https://hooks.example.com',
  ),
  /** Whether the landing page at `/` shows all webhooks. */
  landingPagePaths: booleanVariable('LANDING_PAGE_PATHS', false),
  /** In the configuration in lower case, as node:http names headers. */
  signatureHeader: patternVariable(
    'SIGNATURE_HEADER',
    { pattern: /^[A-Za-z0-9-]+$/, expected: 'a header name' },
    'x-comapi-signature',
  ),
  requestBudgetMs: integerVariable('REQUEST_BUDGET_MS', 8_000, { min: 1_500, max: maxRequestBudgetMs }),
  bodyTimeoutMs: integerVariable('BODY_TIMEOUT_MS', 5_000, { min: 100, max: maxRequestBudgetMs }),
  maxBodyBytes: maxBodyBytesVariable,
  maxInFlightRequests: integerVariable('MAX_IN_FLIGHT_REQUESTS', 2_048, { min: 1, max: 1_000_000 }),
  maxInFlightBytes: integerVariable('MAX_IN_FLIGHT_BYTES', 64 * mebibyte, {
    min: 1024,
    max: 16_384 * mebibyte,
  }),
};

/** `PORT` is what platforms set. 0: any free one. */
const portVariables = {
  own: integerVariable('HTTP_PORT', undefined, portRange),
  given: integerVariable('PORT', 8080, portRange),
};

const tlsVariables = {
  certFile: textVariable('TLS_CERT_FILE'),
  keyFile: textVariable('TLS_KEY_FILE'),
  passphrase: credentialVariable('TLS_KEY_PASSPHRASE'),
};

export const httpVariables = { ...variables, ...portVariables, ...tlsVariables };

export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  readonly passphrase?: string;
}

/** What its files hold, in PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export type HttpConfig = Values<typeof variables> & { readonly port: number; readonly tls?: TlsConfig };

/** The public port. Its limits fit together: a body that is admitted can be read and stored within the budget. */
export function readHttpConfig(env: Env, problems: ConfigProblem[]): HttpConfig {
  const read = readVariables(variables, env, problems);
  const { own, given } = readVariables(portVariables, env, problems);
  const tls = readTls(env, problems);
  checkLimits(read, problems);
  return {
    ...read,
    port: own ?? given,
    signatureHeader: read.signatureHeader.toLowerCase(),
    ...(tls && { tls }),
  };
}

function readTls(env: Env, problems: ConfigProblem[]): TlsConfig | undefined {
  const { certFile, keyFile, passphrase } = readVariables(tlsVariables, env, problems);
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

function checkLimits(read: Values<typeof variables>, problems: ConfigProblem[]): void {
  const { bodyTimeoutMs, requestBudgetMs, maxBodyBytes, maxInFlightBytes } = read;
  if (bodyTimeoutMs + minAppendMs > requestBudgetMs) {
    problems.push({
      variable: 'BODY_TIMEOUT_MS',
      message: `leaves less than ${minAppendMs} ms of REQUEST_BUDGET_MS (${requestBudgetMs}) for the store: lower it.`,
    });
  }
  if (maxBodyBytes > maxInFlightBytes) {
    problems.push({
      variable: 'MAX_IN_FLIGHT_BYTES',
      message: `is less than MAX_BODY_BYTES (${maxBodyBytes}): such a body could never be admitted. Raise it.`,
    });
  }
}
