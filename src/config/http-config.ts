import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import type { AdmissionLimits } from '../webhook/admission-gate.ts';
import { hostVariable, portRange } from './process-config.ts';
import { checkReadable } from './read-text-file.ts';
import { maxBodyBytesVariable } from './record-config.ts';
import {
  baseUrlVariable,
  credentialVariable,
  integerVariable,
  readVariables,
  textVariable,
  type Values,
} from './variables.ts';

/** The provider gives up after 10 s; the rest is for the network and the proxies between. */
const maxRequestBudgetMs = 9_500;

/** The least part of the budget that the store gets. */
const minAppendMs = 1_000;

/** From the first byte to the end of the body. */
const usualBodyTimeoutMs = 5_000;

const variables = {
  host: hostVariable,
  /** Where the provider reaches the receiver; shown on the landing page. */
  publicUrl: baseUrlVariable(
    'PUBLIC_URL',
    'Give the part before the path of a webhook, such as https://hooks.example.com',
  ),
  requestBudgetMs: integerVariable('REQUEST_BUDGET_MS', 8_000, { min: 1_500, max: maxRequestBudgetMs }),
  maxBodyBytes: maxBodyBytesVariable,
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

export type HttpConfig = Values<typeof variables> &
  AdmissionLimits & { readonly bodyTimeoutMs: number; readonly port: number; readonly tls?: TlsConfig };

/** The public port. Its limits fit together: a body that is admitted can be read and stored within the budget. */
export function readHttpConfig(env: Env, memoryBytes: number, problems: ConfigProblem[]): HttpConfig {
  const read = readVariables(variables, env, problems);
  const { own, given } = readVariables(portVariables, env, problems);
  const tls = readTls(env, problems);
  const limits = toInFlightLimits(memoryBytes);
  if (read.maxBodyBytes > limits.maxInFlightBytes) {
    problems.push({
      variable: 'MAX_BODY_BYTES',
      message: `is more than an eighth of the memory that the process may use (${limits.maxInFlightBytes}): such a body could never be admitted. Raise the memory limit, or lower it.`,
    });
  }
  const bodyTimeoutMs = Math.min(usualBodyTimeoutMs, read.requestBudgetMs - minAppendMs);
  return { ...read, ...limits, bodyTimeoutMs, port: own ?? given, ...(tls && { tls }) };
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

/** The rest is for what is made of a body, for connections, for the queues to the store and for the program itself. */
const inFlightShare = 1 / 8;

/** The largest body is taken in a small memory too. More than the upper bound waits for no store. */
const bounds = { min: 16 * mebibyte, max: 1024 * mebibyte };

/** As many deliveries as fill the bytes with bodies of this size. */
const bytesPerRequest = 32 * 1024;

/** Of the memory that the process may use: with 512 MiB, 64 MiB and 2,048 deliveries. */
export function toInFlightLimits(memoryBytes: number): Omit<AdmissionLimits, 'maxBodyBytes'> {
  const share = Math.floor(memoryBytes * inFlightShare);
  const maxInFlightBytes = Math.min(bounds.max, Math.max(bounds.min, share));
  return { maxInFlightBytes, maxInFlightRequests: Math.floor(maxInFlightBytes / bytesPerRequest) };
}
