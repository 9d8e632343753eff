import type { RedisConfig } from '../config/redis-config.ts';
import { RedisError } from './redis-error.ts';
import type { ServerFacts, ServerSettings } from './server-facts.ts';

/**
 * How a server confirms that what was written before is stored.
 *
 * - `waitaof`: it says how many disks have it, its own and those of replicas
 * - `memory`: it is asked how many replicas have it in memory; none of it is on a disk
 */
export type Confirmation = 'waitaof' | 'memory';

export interface ConfirmationFacts {
  /** `undefined` where this user may not ask. */
  readonly facts: ServerFacts | undefined;
  readonly settings: ServerSettings | undefined;
}

/** @throws {RedisError} when the server cannot give what the configuration promises */
export function chooseConfirmation(
  { memoryOnly, allowEviction }: Pick<RedisConfig, 'memoryOnly' | 'allowEviction'>,
  { facts, settings }: ConfirmationFacts,
): Confirmation {
  if (facts === undefined) {
    return 'waitaof';
  }
  if (deletesStreams(facts) && !allowEviction) {
    throw new RedisError(
      'server',
      `when its memory is full it deletes whole streams, acknowledged events too (maxmemory-policy ${facts.evictionPolicy}). Set noeviction there, or REDIS_ALLOW_EVICTION=true if that may be`,
    );
  }
  if (!facts.hasAppendOnlyFile) {
    if (memoryOnly) {
      return 'memory';
    }
    throw new RedisError(
      'server',
      'it has no append-only file (appendonly no): what it acknowledges would not survive its restart. Set appendonly yes there, or REDIS_MEMORY_ONLY=true if that may be',
    );
  }
  if (settings?.appendfsync === 'no') {
    if (memoryOnly) {
      return 'memory';
    }
    throw new RedisError(
      'server',
      'it never says when a write is on disk (appendfsync no). Set appendfsync to always or everysec there',
    );
  }
  if (facts.hasWaitAof) {
    return 'waitaof';
  }
  if (memoryOnly) {
    return 'memory';
  }
  throw new RedisError(
    'server',
    `${facts.name} has no WAITAOF, with which it would say when a write is on disk: use Redis 7.2 or later, or Valkey`,
  );
}

/** Policies `volatile-…` delete only what expires by itself, which streams do not. Managed servers have policies of their own. */
export function deletesStreams({ maxMemoryBytes, evictionPolicy }: ServerFacts): boolean {
  const keepsStreams = ['', 'noeviction'].includes(evictionPolicy) || evictionPolicy.startsWith('volatile-');
  return maxMemoryBytes !== 0 && !keepsStreams;
}
