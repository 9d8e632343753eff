import { causesOf, describeError, hasCode } from '../../runtime/errors.ts';
import { isTlsRefusal } from '../../runtime/tls-failure.ts';
import { findReachabilityAdvice } from '../append/find-reachability-advice.ts';
import type { LaneFailure } from '../append/lane-store.ts';

interface RedisErrorMeaning {
  /** Action for records that were not stored. `deny` means that the error does not resolve by itself. */
  readonly action: 'retry' | 'deny' | 'reject';
  /** Reason why the connection must not be reused, because it may no longer lead to a suitable primary. */
  readonly failure?: LaneFailure;
}

const redisErrorMeanings = {
  /** The connection is closed. */
  connection: { action: 'retry', failure: 'connection' },
  /** The server did not respond in time. */
  timeout: { action: 'retry', failure: 'timeout' },
  /** The user or the password is wrong. */
  login: { action: 'retry', failure: 'authentication' },
  /** The user lacks a permission. */
  rights: { action: 'deny' },
  /** The server is not a primary, or its primary is down. */
  role: { action: 'retry', failure: 'protocol' },
  /** The server is loading its data, or is busy with a script. */
  busy: { action: 'retry', failure: 'protocol' },
  /** The server has no memory left. */
  memory: { action: 'retry' },
  /** The server cannot write to its disk. */
  disk: { action: 'retry' },
  /** The stream key holds a value of a different type. */
  type: { action: 'deny' },
  /** The value exceeds the server's limit. The server then closes the connection. */
  too_large: { action: 'reject', failure: 'protocol' },
  /** The server did not confirm in time that the records are on its disk or on the disks of enough replicas. */
  unsynced: { action: 'retry', failure: 'timeout' },
  /**
   * The server rejected WAITAOF or WAIT. A new connection is checked before it carries records, so that records are
   * not stored repeatedly.
   */
  unconfirmed: { action: 'retry', failure: 'protocol' },
  /** The server's settings do not allow the durability that the configuration requires. */
  unfit: { action: 'deny' },
  /** Any other error of the server. */
  server: { action: 'retry' },
} as const satisfies Record<string, RedisErrorMeaning>;

export type RedisErrorKind = keyof typeof redisErrorMeanings;

export const errorMeanings: Readonly<Record<RedisErrorKind, RedisErrorMeaning>> = redisErrorMeanings;

export class RedisError extends Error {
  readonly kind: RedisErrorKind;

  constructor(kind: RedisErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RedisError';
    this.kind = kind;
  }
}

/** Returns whether reconnecting is useless until the login, permissions, certificates or server settings change. */
export function isFinal(error: unknown): boolean {
  const isPermanent = (kind: RedisErrorKind) =>
    kind === 'login' || redisErrorMeanings[kind].action === 'deny';
  return (
    isTlsRefusal(error) ||
    causesOf(error).some((each) => each instanceof RedisError && isPermanent(each.kind))
  );
}

/** Maps the first word of the server's error message to a kind of error. */
const kindByErrorWord: Readonly<Record<string, RedisErrorKind>> = {
  NOAUTH: 'login',
  WRONGPASS: 'login',
  NOPERM: 'rights',
  READONLY: 'role',
  MASTERDOWN: 'role',
  UNBLOCKED: 'role',
  MOVED: 'role',
  ASK: 'role',
  CLUSTERDOWN: 'role',
  CROSSSLOT: 'role',
  LOADING: 'busy',
  BUSY: 'busy',
  TRYAGAIN: 'busy',
  OOM: 'memory',
  MISCONF: 'disk',
  WRONGTYPE: 'type',
  // A primary reports this error if it has fewer replicas than `min-replicas-to-write` requires, so the kind is not
  // `role`.
  NOREPLICAS: 'server',
};

/** Advice for each kind of error, which is appended to the message from the server. */
const adviceByErrorKind: Readonly<Partial<Record<RedisErrorKind, string>>> = {
  login: 'check the user and the password in REDIS_URL',
  rights: 'grant this user the permissions that docs/redis.md lists',
  role: 'the server rejects writes: REDIS_URL must point to the primary',
  memory: 'raise maxmemory, or trim entries that consumers have acknowledged',
  disk: 'the server cannot write to its disk: free disk space',
  type: 'another program uses the key of this stream for another type of value: change the key in that program, or configure another stream',
};

/** Converts an error from the server or the network, and adds advice. */
export function toRedisError(error: unknown): RedisError {
  if (error instanceof RedisError) {
    return error;
  }
  // If several addresses failed, the error of the first address is used.
  const text = describeError(error instanceof AggregateError ? error.errors[0] : error);
  const kind = findKind(error, text);
  const hint = adviceByErrorKind[kind] ?? findReachabilityAdvice(error, 'REDIS');
  return new RedisError(kind, hint === undefined ? text : `${text.replace(/\.$/, '')}; ${hint}`, {
    cause: error,
  });
}

function findKind(error: unknown, text: string): RedisErrorKind {
  if (/Protocol error: (invalid bulk length|too big)/.test(text)) {
    return 'too_large';
  }
  const [, word = ''] = /^([A-Z]+)(?: |$)/.exec(text) ?? [];
  const kind = kindByErrorWord[word];
  if (kind !== undefined) {
    return kind;
  }
  if (text.startsWith('ERR')) {
    return /AUTH|username-password/.test(text) ? 'login' : 'server';
  }
  const isTimeout = hasCode(error, 'ETIMEDOUT') || /timeout/i.test(error instanceof Error ? error.name : '');
  return isTimeout ? 'timeout' : 'connection';
}
