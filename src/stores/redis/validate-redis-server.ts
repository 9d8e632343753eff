import type { RedisConfig } from '../../config/redis-config.ts';
import type { TopicFinding, TopicValidation } from '../../ports/topics.ts';
import { describeError } from '../../runtime/errors.ts';
import { formatCount } from '../../runtime/format.ts';
import { RedisError } from './redis-error.ts';
import type { SeenServer, ServerFacts } from './redis-server-info.ts';

export interface ExpectedServer extends Pick<RedisConfig, 'replicas' | 'memoryOnly'> {
  readonly maxBodyBytes: number;
}

export interface RedisServerValidation extends TopicValidation {
  /** Nothing may be acknowledged by this server. */
  readonly isRefused: boolean;
  /** What this user may not see, and what is not known therefore. */
  readonly unseen: readonly string[];
}

/** What the server can promise of what the configuration asks. */
export function validateRedisServer(expected: ExpectedServer, seen: SeenServer): RedisServerValidation {
  const { facts, settings } = seen;
  const findings: TopicFinding[] = facts === undefined ? [] : validateFacts(expected, facts);
  let isRefused = false;
  try {
    chooseConfirmation(expected, seen);
  } catch (error) {
    isRefused = true;
    findings.unshift({ verdict: 'error', message: `${describeError(error)}.` });
  }
  if (settings?.syncsDuringRewrite === false) {
    findings.push({
      verdict: 'warning',
      message:
        'while it rewrites its append-only file it syncs nothing (no-appendfsync-on-rewrite yes): it confirms nothing then, deliveries are refused, and some events are stored twice. Set no-appendfsync-on-rewrite to no.',
    });
  }
  if (settings !== undefined && settings.maxArgumentBytes < expected.maxBodyBytes) {
    findings.push({
      verdict: 'warning',
      message: `proto-max-bulk-len is ${settings.maxArgumentBytes}, less than MAX_BODY_BYTES (${expected.maxBodyBytes}): larger events become dead letters, or are refused.`,
    });
  }
  const isError = findings.some(({ verdict }) => verdict === 'error');
  return {
    verdict: isError ? 'error' : findings.length > 0 ? 'warning' : 'ok',
    isRefused,
    findings,
    unseen: [
      ...(facts === undefined
        ? ['INFO is not allowed: role, replicas, memory and eviction are not seen.']
        : []),
      ...(settings === undefined
        ? [
            'CONFIG GET is not allowed: appendfsync, no-appendfsync-on-rewrite and proto-max-bulk-len are not seen.',
          ]
        : []),
    ],
  };
}

function validateFacts({ replicas, memoryOnly }: ExpectedServer, facts: ServerFacts): TopicFinding[] {
  const findings: TopicFinding[] = [];
  const add = (verdict: TopicFinding['verdict'], message: string) => findings.push({ verdict, message });
  for (const wrong of listWrongRoles(facts)) {
    add('error', `${wrong}.`);
  }
  if (facts.replicas < replicas) {
    add(
      'error',
      `it has ${formatCount(facts.replicas, 'replica that follows', 'replicas that follow')}, and REDIS_REPLICAS demands ${replicas}.`,
    );
  } else if (facts.replicas > replicas) {
    add(
      'warning',
      `it has ${formatCount(facts.replicas, 'replica')}, and REDIS_REPLICAS is ${replicas}: a failover to one that does not have a record yet loses it. Set REDIS_REPLICAS to ${facts.replicas}.`,
    );
  } else if (facts.replicas === 0) {
    add('warning', 'it has no replica: when it loses its disk, acknowledged records are lost.');
  }
  if (memoryOnly && !facts.hasAppendOnlyFile) {
    add(
      'warning',
      'it keeps nothing on disk (appendonly no), and REDIS_MEMORY_ONLY allows that: what is acknowledged is lost when it restarts.',
    );
  }
  return findings;
}

/** Why a server is none to write to. */
export function listWrongRoles({ isCluster, isPrimary }: ServerFacts): readonly string[] {
  return [
    ...(isCluster ? ['it is a node of a Redis Cluster, which this store does not support'] : []),
    ...(isPrimary ? [] : ['it is a replica, which takes no writes: REDIS_URL must lead to the primary']),
  ];
}

/**
 * How a server confirms that what was written before is stored.
 *
 * - `waitaof`: it says how many disks have it, its own and those of replicas
 * - `memory`: it is asked how many replicas have it in memory; none of it is on a disk
 */
export type Confirmation = 'waitaof' | 'memory';

/** @throws {RedisError} when the server cannot give what the configuration promises */
export function chooseConfirmation(
  { memoryOnly }: Pick<RedisConfig, 'memoryOnly'>,
  { facts, settings }: SeenServer,
): Confirmation {
  if (facts === undefined) {
    return 'waitaof';
  }
  if (deletesStreams(facts)) {
    throw new RedisError(
      'unfit',
      `when its memory is full it deletes whole streams, acknowledged events too (maxmemory-policy ${facts.evictionPolicy}). Set noeviction there`,
    );
  }
  const why = findUnsynced(facts, settings?.appendfsync);
  if (why === undefined) {
    return 'waitaof';
  }
  if (memoryOnly) {
    return 'memory';
  }
  throw new RedisError('unfit', why);
}

/** Why the server cannot say when a write is on disk; `undefined` when it can. */
function findUnsynced(facts: ServerFacts, appendfsync: string | undefined): string | undefined {
  if (!facts.hasAppendOnlyFile) {
    return 'it has no append-only file (appendonly no): what it acknowledges would not survive its restart. Set appendonly yes there, or REDIS_MEMORY_ONLY=true if that may be';
  }
  if (appendfsync === 'no') {
    return 'it never says when a write is on disk (appendfsync no). Set appendfsync to always or everysec there';
  }
  return facts.hasWaitAof
    ? undefined
    : `${facts.name} has no WAITAOF, with which it would say when a write is on disk: use Redis 7.2 or later, or Valkey`;
}

/** Policies `volatile-…` delete only what expires by itself, which streams do not. Managed servers have policies of their own. */
function deletesStreams({ maxMemoryBytes, evictionPolicy }: ServerFacts): boolean {
  const keepsStreams = ['', 'noeviction'].includes(evictionPolicy) || evictionPolicy.startsWith('volatile-');
  return maxMemoryBytes !== 0 && !keepsStreams;
}
