import { causesOf, describeError, hasCode } from '../../runtime/errors.ts';
import { isTlsRefusal } from '../../runtime/tls-failure.ts';
import { findReachAdvice } from '../append/find-reach-advice.ts';
import type { LaneFailure } from '../append/lane-store.ts';

interface Meaning {
  /** What to do about records that were not stored. `deny`: it does not pass by itself. */
  readonly action: 'retry' | 'deny' | 'reject';
  /** Why the connection must not be used again: it may not lead to a primary that keeps its promise any more. */
  readonly failure?: LaneFailure;
}

const meanings = {
  /** There is no connection any more. */
  connection: { action: 'retry', failure: 'connection' },
  /** No answer in time. */
  timeout: { action: 'retry', failure: 'timeout' },
  /** The server does not know this user, or not with this password. */
  login: { action: 'retry', failure: 'authentication' },
  /** The user may not do this. */
  rights: { action: 'deny' },
  /** This server is no primary, or has none. */
  role: { action: 'retry', failure: 'protocol' },
  /** It is loading its data, or busy with a script. */
  busy: { action: 'retry', failure: 'protocol' },
  /** It has no memory left for more. */
  memory: { action: 'retry' },
  /** It cannot write to its disk. */
  disk: { action: 'retry' },
  /** Under the stream's name lies something else. */
  type: { action: 'deny' },
  /** It takes no argument of this size. After that it ends the connection. */
  too_large: { action: 'reject', failure: 'protocol' },
  /** It did not say in time that its disk, or the disks of enough replicas, have it. */
  unsynced: { action: 'retry', failure: 'timeout' },
  /**
   * It refused to say so. The next connection is examined before it gets records: what this one got is not stored over and
   * over.
   */
  unconfirmed: { action: 'retry', failure: 'protocol' },
  /** The answer does not account for everything. */
  answer: { action: 'retry', failure: 'answer_check' },
  /** As it is set up it cannot keep what the configuration promises. */
  unfit: { action: 'deny' },
  /** Anything else that it said. */
  server: { action: 'retry' },
} as const satisfies Record<string, Meaning>;

export type RedisErrorKind = keyof typeof meanings;

export const errorMeanings: Readonly<Record<RedisErrorKind, Meaning>> = meanings;

export class RedisError extends Error {
  readonly kind: RedisErrorKind;

  constructor(kind: RedisErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RedisError';
    this.kind = kind;
  }
}

/** Whether the next attempt to connect fails in the same way: login, rights, certificates or the server's settings have to change. */
export function isFinal(error: unknown): boolean {
  const refuses = (kind: RedisErrorKind) => kind === 'login' || meanings[kind].action === 'deny';
  return (
    isTlsRefusal(error) || causesOf(error).some((each) => each instanceof RedisError && refuses(each.kind))
  );
}

/** By the first word of what the server says. */
const kinds: Readonly<Record<string, RedisErrorKind>> = {
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
  // min-replicas-to-write: a primary all the same.
  NOREPLICAS: 'server',
};

/** What to do about each, for the operator; appended to the server's own words. */
const advice: Readonly<Partial<Record<RedisErrorKind, string>>> = {
  login: 'check user and password in REDIS_URL',
  rights: 'give this user the rights that docs/redis.md names',
  role: 'this server takes no writes now: REDIS_URL must lead to the primary',
  memory: 'raise maxmemory, or trim what consumers have acknowledged',
  disk: 'the server cannot write its files: make room on its disk',
  type: 'another program uses this name: rename it, or set another stream',
};

/** Words of a server, or of the network, as an error of ours. */
export function toRedisError(error: unknown): RedisError {
  if (error instanceof RedisError) {
    return error;
  }
  // If several addresses were tried, the first reason stands for all.
  const text = describeError(error instanceof AggregateError ? error.errors[0] : error);
  const kind = findKind(error, text);
  const hint = advice[kind] ?? findReachAdvice(error, 'REDIS');
  return new RedisError(kind, hint === undefined ? text : `${text.replace(/\.$/, '')}; ${hint}`, {
    cause: error,
  });
}

function findKind(error: unknown, text: string): RedisErrorKind {
  if (/Protocol error: (invalid bulk length|too big)/.test(text)) {
    return 'too_large';
  }
  const [, word = ''] = /^([A-Z]+)(?: |$)/.exec(text) ?? [];
  const kind = kinds[word];
  if (kind !== undefined) {
    return kind;
  }
  if (text.startsWith('ERR')) {
    return /AUTH|username-password/.test(text) ? 'login' : 'server';
  }
  const isTimeout = hasCode(error, 'ETIMEDOUT') || /timeout/i.test(error instanceof Error ? error.name : '');
  return isTimeout ? 'timeout' : 'connection';
}
