import { describe, expect, test } from 'vitest';
import { chooseConfirmation, judgeServer } from '../../../src/stores/redis/judge-server.ts';
import type { ServerFacts, ServerSettings } from '../../../src/stores/redis/server-facts.ts';

const goodFacts: ServerFacts = {
  name: 'Redis 7.2.4',
  hasWaitAof: true,
  isPrimary: true,
  isCluster: false,
  isLoading: false,
  hasAppendOnlyFile: true,
  replicas: 1,
  maxMemoryBytes: 0,
  evictionPolicy: 'noeviction',
};
const goodSettings: ServerSettings = {
  appendfsync: 'always',
  syncsDuringRewrite: true,
  maxArgumentBytes: 512 * 1024 * 1024,
};
const wanted = { replicas: 1, memoryOnly: false, maxBodyBytes: 10_485_760 };

function judge(
  facts: Partial<ServerFacts> | undefined,
  settings: Partial<ServerSettings> | undefined = {},
  expected: Partial<typeof wanted> = {},
) {
  return judgeServer(
    { ...wanted, ...expected },
    {
      facts: facts && { ...goodFacts, ...facts },
      settings: settings && { ...goodSettings, ...settings },
    },
  );
}

describe('judgeServer', () => {
  test('finds nothing in a server that keeps what it confirms', () => {
    expect(judge({})).toEqual({ verdict: 'ok', isRefused: false, findings: [], unseen: [] });
  });

  test.each<[string, Partial<ServerFacts>, Partial<ServerSettings>, Partial<typeof wanted>, string, string]>([
    ['no append-only file', { hasAppendOnlyFile: false }, {}, {}, 'error', 'would not survive its restart'],
    [
      'no append-only file, allowed',
      { hasAppendOnlyFile: false },
      {},
      { memoryOnly: true },
      'warning',
      'is lost when it restarts',
    ],
    ['no sync', {}, { appendfsync: 'no' }, {}, 'error', 'never says when a write is on disk'],
    [
      'no WAITAOF',
      { hasWaitAof: false, name: 'Redis 7.0.15' },
      {},
      {},
      'error',
      'Redis 7.0.15 has no WAITAOF',
    ],
    ['a replica', { isPrimary: false }, {}, {}, 'error', 'takes no writes'],
    ['a cluster', { isCluster: true }, {}, {}, 'error', 'Redis Cluster'],
    [
      'too few replicas',
      { replicas: 0 },
      {},
      {},
      'error',
      'has 0 replicas that follow, and REDIS_REPLICAS demands 1',
    ],
    ['more replicas', { replicas: 2 }, {}, {}, 'warning', 'Set REDIS_REPLICAS to 2'],
    ['no replica', { replicas: 0 }, {}, { replicas: 0 }, 'warning', 'it has no replica'],
    [
      'eviction',
      { maxMemoryBytes: 9, evictionPolicy: 'allkeys-lru' },
      {},
      {},
      'error',
      'deletes whole streams',
    ],
    [
      'eviction within a bound that is not told',
      { maxMemoryBytes: Number.NaN, evictionPolicy: 'allkeys-random' },
      {},
      {},
      'error',
      'Set noeviction there',
    ],
    [
      'no sync during a rewrite',
      {},
      { syncsDuringRewrite: false },
      {},
      'warning',
      'no-appendfsync-on-rewrite yes',
    ],
    ['short arguments', {}, { maxArgumentBytes: 1024 }, {}, 'warning', 'proto-max-bulk-len is 1024'],
  ])('%s', (_, facts, settings, expected, verdict, text) => {
    const judgement = judge(facts, settings, expected);
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.findings).toEqual([{ verdict, message: expect.stringContaining(text) }]);
  });

  test('eviction without a bound on memory never happens', () => {
    expect(judge({ evictionPolicy: 'allkeys-lru' }).verdict).toBe('ok');
  });

  test('says what it may not see', () => {
    const { verdict, unseen } = judgeServer(wanted, { facts: undefined, settings: undefined });
    expect(verdict).toBe('ok');
    expect(unseen).toEqual([
      expect.stringContaining('INFO is not allowed'),
      expect.stringContaining('CONFIG GET is not allowed'),
    ]);
  });
});

describe('chooseConfirmation', () => {
  const choose = (
    facts: Partial<ServerFacts> | undefined,
    settings?: Partial<ServerSettings>,
    expected: { memoryOnly?: boolean } = {},
  ) =>
    chooseConfirmation(
      { memoryOnly: false, ...expected },
      {
        facts: facts && { ...goodFacts, ...facts },
        settings: settings && { ...goodSettings, ...settings },
      },
    );

  test('asks for disks where it can', () => {
    expect(choose({})).toBe('waitaof');
    expect(choose(undefined)).toBe('waitaof');
    expect(choose({}, undefined, { memoryOnly: true })).toBe('waitaof');
  });

  test('an older server cannot be asked with every flush, and is refused however it syncs', () => {
    const old = { hasWaitAof: false };
    for (const appendfsync of ['always', 'everysec']) {
      expect(() => choose(old, { appendfsync })).toThrow('has no WAITAOF');
    }
    expect(() => choose(old)).toThrow('use Redis 7.2 or later, or Valkey');
    expect(choose(old, undefined, { memoryOnly: true })).toBe('memory');
  });

  test('a server that deletes streams is refused even where memory alone counts', () => {
    const facts = { maxMemoryBytes: 1, evictionPolicy: 'allkeys-lfu' };
    expect(() => choose(facts, undefined, { memoryOnly: true })).toThrow('Set noeviction there');
    expect(choose({ ...facts, maxMemoryBytes: 0 })).toBe('waitaof');
    // One that a managed server has made up, and none that is told.
    expect(() => choose({ ...facts, evictionPolicy: 'optimistic-volatile' })).toThrow('optimistic-volatile');
    expect(choose({ ...facts, evictionPolicy: '' })).toBe('waitaof');
  });

  test('memory alone counts only when that is allowed', () => {
    const facts = { hasAppendOnlyFile: false };
    expect(choose(facts, undefined, { memoryOnly: true })).toBe('memory');
    expect(() => choose(facts)).toThrow('REDIS_MEMORY_ONLY=true');
    // It would never say that something is on disk.
    expect(choose({}, { appendfsync: 'no' }, { memoryOnly: true })).toBe('memory');
  });
});
