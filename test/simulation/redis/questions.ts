import { type Answer, CommandError } from './answer.ts';
import type { Question } from './executor.ts';
import type { RedisNode } from './redis-node.ts';
import type { RedisSession } from './redis-session.ts';

/** What is asked of a server about itself: what it is, and what it has stored. */
export function createQuestions(node: () => RedisNode): Readonly<Record<string, Question>> {
  return {
    INFO: () => describe(node()),
    CONFIG: (_session, [what, name = '']) => (what === 'GET' ? getSetting(node(), name) : []),
    WAITAOF: (session, [local, replicas, timeoutMs]) => {
      const count = () => countSynced(node(), session);
      const wanted = [Number(local), Number(replicas)];
      refuseOnReplica(node(), 'WAITAOF');
      if (Number(local) > 0 && !node().conditions.appendOnly) {
        throw new CommandError('ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.');
      }
      return waitFor(node(), { count, wanted, timeoutMs: Number(timeoutMs) });
    },
    WAIT: (session, [replicas, timeoutMs]) => {
      refuseOnReplica(node(), 'WAIT');
      const count = () => [countReplicas(node(), session, 'done')];
      return waitFor(node(), { count, wanted: [Number(replicas)], timeoutMs: Number(timeoutMs) });
    },
  };
}

function refuseOnReplica(node: RedisNode, name: string): void {
  if (!node.isPrimary()) {
    throw new CommandError(
      `ERR ${name} cannot be used with replica instances. Please also note that writes to replicas are just local and are not propagated.`,
    );
  }
}

interface Wait {
  readonly count: () => readonly number[];
  readonly wanted: readonly number[];
  readonly timeoutMs: number;
}

/** One number is answered as such, two as a list. */
const toAnswer = (counts: readonly number[]): Answer =>
  counts.length === 1 ? (counts[0] as number) : counts;

function waitFor(node: RedisNode, { count, wanted, timeoutMs }: Wait): ReturnType<Question> {
  const retry = () => {
    const counts = count();
    return wanted.every((least, index) => (counts[index] ?? 0) >= least) ? toAnswer(counts) : undefined;
  };
  const answer = retry();
  if (answer !== undefined) {
    return answer;
  }
  node.replication()?.ask();
  return { block: { retry, timeoutMs, onTimeout: () => toAnswer(count()) } };
}

function countSynced(node: RedisNode, session: RedisSession): readonly number[] {
  return [Number(node.file.synced() >= session.lastStep), countReplicas(node, session, 'synced')];
}

function countReplicas(node: RedisNode, { lastStep }: RedisSession, what: 'done' | 'synced'): number {
  const replication = node.replication();
  return Number(replication?.isOnline() === true && replication.known[what] >= lastStep);
}

function describe(node: RedisNode): string {
  const { conditions } = node;
  const replicas = node.replication()?.isOnline() ? 1 : 0;
  return [
    '# Server',
    'redis_version:7.2.4',
    'server_name:valkey',
    'valkey_version:9.1.2',
    '',
    '# Memory',
    'used_memory:1048576',
    `maxmemory:${conditions.maxMemoryBytes}`,
    `maxmemory_policy:${conditions.evictionPolicy}`,
    '',
    '# Persistence',
    `loading:${Number(node.isLoading())}`,
    `aof_enabled:${Number(conditions.appendOnly)}`,
    '',
    '# Replication',
    `role:${node.isPrimary() ? 'master' : 'slave'}`,
    `connected_slaves:${replicas}`,
    ...(replicas === 0 ? [] : ['slave0:ip=10.0.0.2,port=6379,state=online,offset=1,lag=0']),
    '',
    '# Cluster',
    'cluster_enabled:0',
    '',
  ].join('\r\n');
}

function getSetting({ conditions }: RedisNode, name: string): Answer {
  const settings: Readonly<Record<string, string>> = {
    appendfsync: conditions.appendFsync,
    'no-appendfsync-on-rewrite': 'no',
    'proto-max-bulk-len': '536870912',
  };
  const value = settings[name];
  return value === undefined ? [] : [name, value];
}
