import { causesOf, toError } from '../../../../runtime/errors.ts';
import { findTlsFailure, isTlsRefusal, type TlsFailure } from '../../../../runtime/tls-failure.ts';

/** Why a connection gave no answer. */
export type ConnectionErrorReason = 'timeout' | 'connection' | 'authentication' | 'protocol';

interface ConnectionErrorOptions extends ErrorOptions {
  readonly advice?: string | undefined;
}

export class ConnectionError extends Error {
  readonly reason: ConnectionErrorReason;
  /** What to check, when the failure tells more than its reason. */
  readonly advice: string | undefined;

  constructor(reason: ConnectionErrorReason, message: string, options?: ConnectionErrorOptions) {
    super(message, options);
    this.name = 'ConnectionError';
    this.reason = reason;
    this.advice = options?.advice;
  }
}

/** From whatever kafkajs threw. Errors such as that of exhausted retries have the real one as their cause. */
export function toConnectionError(error: unknown, advice?: string): ConnectionError {
  if (error instanceof ConnectionError) {
    return advice === undefined
      ? error
      : new ConnectionError(error.reason, error.message, { cause: error, advice });
  }
  const root = rootCause(error);
  return new ConnectionError(reasons[root.name] ?? 'protocol', root.message, { cause: error, advice });
}

const reasons: Readonly<Record<string, ConnectionErrorReason>> = {
  KafkaJSRequestTimeoutError: 'timeout',
  KafkaJSLockTimeout: 'timeout',
  KafkaJSConnectionError: 'connection',
  KafkaJSConnectionClosedError: 'connection',
  KafkaJSSASLAuthenticationError: 'authentication',
};

/** Whether every attempt fails so, until login or certificates are changed. */
export function isRefused(error: unknown): boolean {
  return rootCause(error).name === 'KafkaJSSASLAuthenticationError' || isTlsRefusal(error);
}

function rootCause(error: unknown): Error {
  return causesOf(error).at(-1) ?? toError(error);
}

/** How far a connection had come when it failed. `greeted`: the broker has told its versions, and nothing else yet. */
type ConnectionStage = 'reaching' | 'greeting' | 'greeted' | 'used';

export interface FailedConnection {
  readonly error: ConnectionError;
  readonly stage: ConnectionStage;
  readonly hasTls: boolean;
  readonly hasLogin: boolean;
  /** The broker's address, when the brokers alone have named it: KAFKA_BROKERS does not. */
  readonly advertised?: string | undefined;
}

/**
 * What to check about the configuration, as far as the failure tells: a listener that wants something else than this client
 * offers mostly just ends the connection.
 */
export function findConnectionAdvice(failed: FailedConnection): string | undefined {
  const advice = findListenerAdvice(failed);
  const { advertised, stage } = failed;
  if (advertised === undefined || (stage !== 'reaching' && stage !== 'greeting')) {
    return advice;
  }
  const found = `the brokers advertise this address (${advertised})`;
  return advice === undefined
    ? `${found}: set advertised.listeners of the brokers so that clients reach it from here, and check that this broker runs`
    : `${found}: see advertised.listeners of the brokers, or ${advice}`;
}

function findListenerAdvice({ error, stage, hasTls, hasLogin }: FailedConnection): string | undefined {
  const code = findSystemCode(error);
  const failure = findTlsFailure(code);
  if (failure !== undefined) {
    return adviceByFailure[failure];
  }
  if (fileErrors.includes(code)) {
    return 'check that the file is there, and that this process may read it';
  }
  const { reason } = error;
  if (stage === 'reaching' && hasTls && code === 'ECONNRESET') {
    return 'check KAFKA_TLS: the broker ended the TLS handshake, as a listener without TLS does';
  }
  if (stage === 'greeting' && (reason === 'connection' || reason === 'protocol')) {
    return hasTls
      ? 'check STORE_TLS_CERT_FILE: the broker ended the connection before its first answer, as a listener that wants a certificate of its clients does'
      : 'check KAFKA_TLS: the broker ended the connection before its first answer, as a listener with TLS does';
  }
  if (stage === 'greeted' && reason === 'connection' && !hasLogin) {
    return 'check KAFKA_SASL_MECHANISM: the broker ended the connection at the first question, as a listener that wants a login does';
  }
  return undefined;
}

const fileErrors: readonly string[] = ['ENOENT', 'EACCES', 'EISDIR'];

const adviceByFailure: Readonly<Record<TlsFailure, string>> = {
  name: 'check STORE_TLS_SERVER_NAME, or the hosts in KAFKA_BROKERS: the certificate is for another name',
  issuer: 'check STORE_TLS_CA_FILE: the certificate is of an authority that is not trusted',
  time: "check the broker's certificate, and the clock of this machine",
  'client-certificate':
    'check STORE_TLS_CERT_FILE and STORE_TLS_KEY_FILE: the broker does not take the certificate of this client',
  'own-files':
    'check STORE_TLS_CERT_FILE and STORE_TLS_KEY_FILE: one of them cannot be used ("comapi-webhook check" says which)',
  protocol: 'check KAFKA_TLS: the listener speaks no TLS, or another version of it',
};

function findSystemCode(error: unknown): string {
  for (const each of causesOf(error)) {
    if ('code' in each && typeof each.code === 'string') {
      return each.code;
    }
  }
  return '';
}
