import { causesOf, toError } from '../../../../runtime/errors.ts';
import { findTlsFailure, isTlsRefusal, type TlsFailure } from '../../../../runtime/tls-failure.ts';

export type ConnectionErrorReason = 'timeout' | 'connection' | 'authentication' | 'protocol';

interface ConnectionErrorOptions extends ErrorOptions {
  readonly advice?: string | undefined;
}

export class ConnectionError extends Error {
  readonly reason: ConnectionErrorReason;
  /** Advice on what to check. Present only if the failure contains more information than `reason`. */
  readonly advice: string | undefined;

  constructor(reason: ConnectionErrorReason, message: string, options?: ConnectionErrorOptions) {
    super(message, options);
    this.name = 'ConnectionError';
    this.reason = reason;
    this.advice = options?.advice;
  }
}

/** Converts any kafkajs error. Wrappers, such as the error for exhausted retries, hold the root cause in `cause`. */
export function toConnectionError(error: unknown, advice?: string): ConnectionError {
  if (error instanceof ConnectionError) {
    return advice === undefined
      ? error
      : new ConnectionError(error.reason, error.message, { cause: error, advice });
  }
  const root = findRootCause(error);
  return new ConnectionError(reasonByErrorCode[root.name] ?? 'protocol', root.message, {
    cause: error,
    advice,
  });
}

const reasonByErrorCode: Readonly<Record<string, ConnectionErrorReason>> = {
  KafkaJSRequestTimeoutError: 'timeout',
  KafkaJSLockTimeout: 'timeout',
  KafkaJSConnectionError: 'connection',
  KafkaJSConnectionClosedError: 'connection',
  KafkaJSSASLAuthenticationError: 'authentication',
};

/** Returns whether every attempt will fail until someone changes the credentials or certificates. */
export function isConnectionRefused(error: unknown): boolean {
  return findRootCause(error).name === 'KafkaJSSASLAuthenticationError' || isTlsRefusal(error);
}

function findRootCause(error: unknown): Error {
  return causesOf(error).at(-1) ?? toError(error);
}

/** Progress of a connection at the time it failed. `greeted` means that the broker has reported only its API versions. */
type ConnectionStage = 'reaching' | 'greeting' | 'greeted' | 'used';

export interface FailedConnection {
  readonly error: ConnectionError;
  readonly stage: ConnectionStage;
  readonly hasTls: boolean;
  readonly hasLogin: boolean;
  /** Address of the broker, if it is advertised by the brokers but not contained in KAFKA_BROKERS. */
  readonly advertised?: string | undefined;
}

/**
 * Determines from a failure which setting to check. A listener that expects different settings usually closes the
 * connection without an error, so the failure itself is the only clue.
 */
export function findConnectionAdvice(failed: FailedConnection): string | undefined {
  const advice = findListenerAdvice(failed);
  const { advertised, stage } = failed;
  if (advertised === undefined || (stage !== 'reaching' && stage !== 'greeting')) {
    return advice;
  }
  return advice === undefined
    ? `the brokers advertise this address (${advertised}): set advertised.listeners of the brokers to addresses that this client can reach, and check that this broker is running`
    : `the brokers advertise this address (${advertised}): check advertised.listeners of the brokers, or ${advice}`;
}

function findListenerAdvice({ error, stage, hasTls, hasLogin }: FailedConnection): string | undefined {
  const code = findSystemCode(error);
  const failure = findTlsFailure(code);
  if (failure !== undefined) {
    return adviceByFailure[failure];
  }
  if (fileErrors.includes(code)) {
    return 'check that the file exists and that this process may read it';
  }
  const { reason } = error;
  if (stage === 'reaching' && hasTls && code === 'ECONNRESET') {
    return 'check KAFKA_TLS: the broker closed the connection during the TLS handshake, as a listener without TLS does';
  }
  if (stage === 'greeting' && (reason === 'connection' || reason === 'protocol')) {
    return hasTls
      ? 'check STORE_TLS_CERT_FILE: the broker closed the connection before its first response, as a listener that requires client certificates does'
      : 'check KAFKA_TLS: the broker closed the connection before its first response, as a listener with TLS does';
  }
  if (stage === 'greeted' && reason === 'connection' && !hasLogin) {
    return 'check KAFKA_SASL_MECHANISM: the broker closed the connection at the first request, as a listener that requires a login does';
  }
  return undefined;
}

const fileErrors: readonly string[] = ['ENOENT', 'EACCES', 'EISDIR'];

const adviceByFailure: Readonly<Record<TlsFailure, string>> = {
  name: 'check STORE_TLS_SERVER_NAME, or the hosts in KAFKA_BROKERS: the certificate is for another name',
  issuer: 'check STORE_TLS_CA_FILE: the issuer of the certificate is not trusted',
  time: "check the validity of the broker's certificate, and the clock of this machine",
  'client-certificate':
    "check STORE_TLS_CERT_FILE and STORE_TLS_KEY_FILE: the broker does not accept this client's certificate",
  'own-files':
    'check STORE_TLS_CERT_FILE and STORE_TLS_KEY_FILE: one of them is unusable ("comapi-webhook check" reports which)',
  protocol: 'check KAFKA_TLS: the listener does not use TLS, or uses another TLS version',
};

function findSystemCode(error: unknown): string {
  for (const each of causesOf(error)) {
    if ('code' in each && typeof each.code === 'string') {
      return each.code;
    }
  }
  return '';
}
