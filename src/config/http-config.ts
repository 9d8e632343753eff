import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import type { AdmissionLimits } from '../webhook/admission-gate.ts';
import { hostVariable, validPorts } from './process-config.ts';
import { checkReadable } from './read-text-file.ts';
import { maxBodyBytesVariable } from './record-config.ts';
import {
  defineBaseUrlVariable,
  defineCredentialVariable,
  defineIntegerVariable,
  defineTextVariable,
  readVariables,
  type Values,
} from './variables.ts';

/**
 * Maximum time budget of a delivery. The provider times out after 10 s, and the time beyond this budget is reserved
 * for the network and proxies.
 */
const maxRequestBudgetMs = 9_500;

/** Minimum part of the budget for the store, in milliseconds. */
const minAppendTimeoutMs = 1_000;

/** Maximum time from the first byte of a body to its last byte. */
const defaultBodyTimeoutMs = 5_000;

const variables = {
  host: hostVariable,
  /** The URL at which the provider reaches the receiver. It is shown on the landing page. */
  publicUrl: defineBaseUrlVariable(
    'PUBLIC_URL',
    'Set it to the part of the URL before the webhook path, such as https://hooks.example.com',
  ),
  requestBudgetMs: defineIntegerVariable('REQUEST_BUDGET_MS', 8_000, { min: 1_500, max: maxRequestBudgetMs }),
  maxBodyBytes: maxBodyBytesVariable,
};

/** Platforms set `PORT`; `HTTP_PORT` overrides it. 0 means any free port. */
const portVariables = {
  own: defineIntegerVariable('HTTP_PORT', undefined, validPorts),
  given: defineIntegerVariable('PORT', 8080, validPorts),
};

const tlsVariables = {
  certFile: defineTextVariable('TLS_CERT_FILE'),
  keyFile: defineTextVariable('TLS_KEY_FILE'),
  passphrase: defineCredentialVariable('TLS_KEY_PASSPHRASE'),
};

export const httpVariables = { ...variables, ...portVariables, ...tlsVariables };

export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  readonly passphrase?: string;
}

/** Contents of the certificate and key files, in PEM format. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export type HttpConfig = Values<typeof variables> &
  AdmissionLimits & { readonly bodyTimeoutMs: number; readonly port: number; readonly tls?: TlsConfig };

/**
 * Reads the configuration of the public port. The resulting limits are consistent, so that any admitted body can be
 * read and stored within the budget.
 */
export function readHttpConfig(env: Env, memoryBytes: number, problems: ConfigProblem[]): HttpConfig {
  const values = readVariables(variables, env, problems);
  const { own, given } = readVariables(portVariables, env, problems);
  const tls = readTls(env, problems);
  const limits = toInFlightLimits(memoryBytes);
  if (values.maxBodyBytes > limits.maxInFlightBytes) {
    problems.push({
      variable: 'MAX_BODY_BYTES',
      message: `is more than one eighth of the available memory (${limits.maxInFlightBytes} bytes), so such a body could never be admitted. Raise the memory limit, or lower MAX_BODY_BYTES.`,
    });
  }
  const bodyTimeoutMs = Math.min(defaultBodyTimeoutMs, values.requestBudgetMs - minAppendTimeoutMs);
  return { ...values, ...limits, bodyTimeoutMs, port: own ?? given, ...(tls && { tls }) };
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

const mebibyte = 1024 * 1024;

/**
 * Share of the memory that request bodies may use. The remaining memory is for parsed bodies, connections, queues to
 * the store, and the program itself.
 */
const inFlightMemoryShare = 1 / 8;

/**
 * The minimum admits the largest body even with little memory. The maximum exceeds the amount of data that ever waits
 * for a store.
 */
const inFlightByteLimits = { min: 16 * mebibyte, max: 1024 * mebibyte };

/** Average body size from which the maximum number of concurrent deliveries is derived. */
const averageBodyBytes = 32 * 1024;

/** Derives the limits from the available memory. With 512 MiB, the limits are 64 MiB and 2,048 deliveries. */
export function toInFlightLimits(memoryBytes: number): Omit<AdmissionLimits, 'maxBodyBytes'> {
  const availableBytes = Math.floor(memoryBytes * inFlightMemoryShare);
  const maxInFlightBytes = Math.min(inFlightByteLimits.max, Math.max(inFlightByteLimits.min, availableBytes));
  return { maxInFlightBytes, maxInFlightRequests: Math.floor(maxInFlightBytes / averageBodyBytes) };
}
