import { findReachAdvice } from '../append/find-reach-advice.ts';
import { describeError } from '../runtime/describe-error.ts';
import { hasCode } from '../runtime/has-code.ts';

/**
 * What an error means to a record that was to be stored:
 *
 * - `connection`: there is no connection any more
 * - `timeout`: no answer in time
 * - `login`: the server does not know this user, or not with this password
 * - `rights`: the user may not do this
 * - `role`: this server is no primary, or has none
 * - `busy`: it is loading its data, or busy with a script
 * - `memory`: it has no memory left for more
 * - `disk`: it cannot write to its disk
 * - `type`: under the stream's name lies something else
 * - `too_large`: it takes no argument of this size
 * - `unsynced`: it did not say in time that its disk, or the disks of enough replicas, have it
 * - `unconfirmed`: it refused to say so
 * - `answer`: the answer does not account for everything
 * - `server`: anything else that it said
 */
export type RedisErrorKind =
  | 'connection'
  | 'timeout'
  | 'login'
  | 'rights'
  | 'role'
  | 'busy'
  | 'memory'
  | 'disk'
  | 'type'
  | 'too_large'
  | 'unsynced'
  | 'unconfirmed'
  | 'answer'
  | 'server';

export class RedisError extends Error {
  readonly kind: RedisErrorKind;

  constructor(kind: RedisErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RedisError';
    this.kind = kind;
  }
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
  // Of several addresses that were tried, the first one's reason stands for all.
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
