import type { RedisConfig } from '../../config/redis-config.ts';
import type { TopicFinding, TopicValidation } from '../../ports/topics.ts';
import { describeError } from '../../runtime/errors.ts';
import { formatCount } from '../../runtime/format.ts';
import { RedisError } from './redis-error.ts';
import type { InspectedServer, ServerFacts } from './redis-server-info.ts';

export interface ExpectedServer extends Pick<RedisConfig, 'replicas' | 'memoryOnly'> {
  readonly maxBodyBytes: number;
}

export interface RedisServerValidation extends TopicValidation {
  /** Whether the server cannot provide the required durability and therefore must not acknowledge records. */
  readonly isUnusable: boolean;
  /** Properties that could not be checked because of missing permissions, with one sentence for each. */
  readonly unchecked: readonly string[];
}

/** Checks whether the server can provide the durability that the configuration requires. */
export function validateRedisServer(expected: ExpectedServer, seen: InspectedServer): RedisServerValidation {
  const { facts, settings } = seen;
  const findings: TopicFinding[] = facts === undefined ? [] : validateFacts(expected, facts);
  let isUnusable = false;
  try {
    chooseConfirmation(expected, seen);
  } catch (error) {
    isUnusable = true;
    findings.unshift({ verdict: 'error', message: `${describeError(error)}.` });
  }
  if (settings?.syncsDuringRewrite === false) {
    findings.push({
      verdict: 'warning',
      message:
        'no-appendfsync-on-rewrite is yes: the server confirms no writes while it rewrites its append-only file, so appends time out and some events are stored twice. Set no-appendfsync-on-rewrite to no.',
    });
  }
  if (settings !== undefined && settings.maxArgumentBytes < expected.maxBodyBytes) {
    findings.push({
      verdict: 'warning',
      message: `proto-max-bulk-len is ${settings.maxArgumentBytes}, less than MAX_BODY_BYTES (${expected.maxBodyBytes}): an event above this limit becomes a dead letter. If the dead letter is too large as well, the event is rejected.`,
    });
  }
  const isError = findings.some(({ verdict }) => verdict === 'error');
  return {
    verdict: isError ? 'error' : findings.length > 0 ? 'warning' : 'ok',
    isUnusable,
    findings,
    unchecked: [
      ...(facts === undefined
        ? ['Cannot check the role, replicas, memory and eviction policy: the user may not run INFO.']
        : []),
      ...(settings === undefined
        ? [
            'Cannot check appendfsync, no-appendfsync-on-rewrite and proto-max-bulk-len: the user may not run CONFIG GET.',
          ]
        : []),
    ],
  };
}

function validateFacts({ replicas, memoryOnly }: ExpectedServer, facts: ServerFacts): TopicFinding[] {
  const findings: TopicFinding[] = [];
  const add = (verdict: TopicFinding['verdict'], message: string) => findings.push({ verdict, message });
  for (const roleProblem of listWrongRoles(facts)) {
    add('error', `${roleProblem}.`);
  }
  if (facts.replicas < replicas) {
    add(
      'error',
      `the server has ${formatCount(facts.replicas, 'online replica')}, but REDIS_REPLICAS requires ${replicas}.`,
    );
  } else if (facts.replicas > replicas) {
    add(
      'warning',
      `the server has ${formatCount(facts.replicas, 'replica')}, but REDIS_REPLICAS is ${replicas}: a failover to a replica that is behind loses acknowledged records. Set REDIS_REPLICAS to ${facts.replicas}.`,
    );
  } else if (facts.replicas === 0) {
    add('warning', 'the server has no replica: if its disk is lost, acknowledged records are lost.');
  }
  if (memoryOnly && !facts.hasAppendOnlyFile) {
    add(
      'warning',
      'the server keeps records in memory only (appendonly no), as REDIS_MEMORY_ONLY allows: acknowledged records are lost when it restarts.',
    );
  }
  return findings;
}

/** Lists the reasons why the role of this server prevents writing records. */
export function listWrongRoles({ isCluster, isPrimary }: ServerFacts): readonly string[] {
  return [
    ...(isCluster ? ['the server is a node of a Redis Cluster, which is not supported'] : []),
    ...(isPrimary
      ? []
      : ['the server is a replica, which rejects writes: REDIS_URL must point to the primary']),
  ];
}

/**
 * How a server confirms that the preceding writes are stored.
 *
 * - `waitaof`: WAITAOF returns how many disks of the server and its replicas have the writes
 * - `memory`: WAIT returns how many replicas have the writes in memory; the writes may not be on any disk
 */
export type Confirmation = 'waitaof' | 'memory';

/** Chooses how writes are confirmed. @throws {RedisError} if the server cannot provide the required durability */
export function chooseConfirmation(
  { memoryOnly }: Pick<RedisConfig, 'memoryOnly'>,
  { facts, settings }: InspectedServer,
): Confirmation {
  if (facts === undefined) {
    return 'waitaof';
  }
  if (mayEvictStreams(facts)) {
    throw new RedisError(
      'unfit',
      `the server deletes whole streams, with acknowledged events, when its memory is full (maxmemory-policy ${facts.evictionPolicy}). Set maxmemory-policy to noeviction`,
    );
  }
  const why = findSyncProblem(facts, settings?.appendfsync);
  if (why === undefined) {
    return 'waitaof';
  }
  if (memoryOnly) {
    return 'memory';
  }
  throw new RedisError('unfit', why);
}

/** Returns the reason why the server cannot confirm that a write is on disk, or `undefined` if the server can. */
function findSyncProblem(facts: ServerFacts, appendfsync: string | undefined): string | undefined {
  if (!facts.hasAppendOnlyFile) {
    return 'the server has no append-only file (appendonly no), so acknowledged records are lost when it restarts. Set appendonly to yes, or accept that loss with REDIS_MEMORY_ONLY=true';
  }
  if (appendfsync === 'no') {
    return 'the server does not confirm when a write is on disk (appendfsync no). Set appendfsync to always or everysec';
  }
  return facts.hasWaitAof
    ? undefined
    : `${facts.name} does not support WAITAOF, which confirms that a write is on disk: use Redis 7.2 or later, or Valkey`;
}

/**
 * Returns whether the server may evict streams. `volatile-…` policies evict only keys with an expiry, which streams
 * do not have. Managed servers have additional policies.
 */
function mayEvictStreams({ maxMemoryBytes, evictionPolicy }: ServerFacts): boolean {
  const willKeepStreams =
    ['', 'noeviction'].includes(evictionPolicy) || evictionPolicy.startsWith('volatile-');
  return maxMemoryBytes !== 0 && !willKeepStreams;
}
