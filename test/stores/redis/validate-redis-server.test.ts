import { describe, expect, test } from 'vitest';
import type { ServerFacts, ServerSettings } from '../../../src/stores/redis/redis-server-info.ts';
import { chooseConfirmation, validateRedisServer } from '../../../src/stores/redis/validate-redis-server.ts';

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

function judgeChanged(
  facts: Partial<ServerFacts> | undefined,
  settings: Partial<ServerSettings> | undefined = {},
  expected: Partial<typeof wanted> = {},
) {
  return validateRedisServer(
    { ...wanted, ...expected },
    {
      facts: facts && { ...goodFacts, ...facts },
      settings: settings && { ...goodSettings, ...settings },
    },
  );
}

describe('judgeServer', () => {
  test('finds nothing in a server that keeps what it confirms', () => {
    expect(judgeChanged({})).toEqual({ verdict: 'ok', isUnusable: false, findings: [], unchecked: [] });
  });

  test.each<[string, string, Partial<ServerFacts>?, Partial<ServerSettings>?, Partial<typeof wanted>?]>([
    ['error', 'acknowledged records are lost when it restarts', { hasAppendOnlyFile: false }],
    ['warning', 'keeps records in memory only', { hasAppendOnlyFile: false }, {}, { memoryOnly: true }],
    ['error', 'does not confirm when a write is on disk', {}, { appendfsync: 'no' }],
    ['error', 'Redis 7.0.15 does not support WAITAOF', { hasWaitAof: false, name: 'Redis 7.0.15' }],
    ['error', 'rejects writes', { isPrimary: false }],
    ['error', 'Redis Cluster', { isCluster: true }],
    ['error', 'has 0 online replicas, but REDIS_REPLICAS requires 1', { replicas: 0 }],
    ['warning', 'Set REDIS_REPLICAS to 2', { replicas: 2 }],
    ['warning', 'the server has no replica', { replicas: 0 }, {}, { replicas: 0 }],
    ['error', 'deletes whole streams', { maxMemoryBytes: 9, evictionPolicy: 'allkeys-lru' }],
    [
      'error',
      'Set maxmemory-policy to noeviction',
      { maxMemoryBytes: Number.NaN, evictionPolicy: 'allkeys-random' },
    ],
    ['warning', 'no-appendfsync-on-rewrite is yes', {}, { syncsDuringRewrite: false }],
    ['warning', 'less than MAX_BODY_BYTES', {}, { maxArgumentBytes: wanted.maxBodyBytes - 1 }],
  ])(
    '%s: %s, for %j and %j where %j is wanted',
    (verdict, text, facts = {}, settings = {}, expected = {}) => {
      const validation = judgeChanged(facts, settings, expected);
      expect(validation.verdict).toBe(verdict);
      expect(validation.findings).toEqual([{ verdict, message: expect.stringContaining(text) }]);
    },
  );

  test('eviction without a bound on memory never happens, and an argument may be as long as a body', () => {
    expect(
      judgeChanged({ evictionPolicy: 'allkeys-lru' }, { maxArgumentBytes: wanted.maxBodyBytes }).verdict,
    ).toBe('ok');
  });

  test('says what it may not see', () => {
    const { verdict, unchecked } = validateRedisServer(wanted, { facts: undefined, settings: undefined });
    expect(verdict).toBe('ok');
    expect(unchecked).toEqual([
      expect.stringContaining('the user may not run INFO'),
      expect.stringContaining('the user may not run CONFIG GET'),
    ]);
  });
});

describe('chooseConfirmation', () => {
  const old = { hasWaitAof: false };
  const unkept = { hasAppendOnlyFile: false };
  const full = { maxMemoryBytes: 1, evictionPolicy: 'allkeys-lfu' };
  const inMemory = true;

  test.each<
    [asked: string, Partial<ServerFacts> | undefined, Partial<ServerSettings>?, memoryOnly?: boolean]
  >([
    ['waitaof', {}],
    ['waitaof', undefined],
    ['waitaof', {}, {}, inMemory],
    // Older servers cannot confirm a sync to disk, regardless of their appendfsync setting.
    ['does not support WAITAOF', old, { appendfsync: 'always' }],
    ['does not support WAITAOF', old, { appendfsync: 'everysec' }],
    ['use Redis 7.2 or later, or Valkey', old],
    ['memory', old, {}, inMemory],
    ['Set maxmemory-policy to noeviction', full, {}, inMemory],
    ['waitaof', { ...full, maxMemoryBytes: 0 }],
    // The first policy exists only on managed servers. The second server reports no policy.
    ['optimistic-volatile', { ...full, evictionPolicy: 'optimistic-volatile' }],
    ['waitaof', { ...full, evictionPolicy: '' }],
    ['waitaof', { ...full, evictionPolicy: 'volatile-lru' }],
    ['memory', unkept, {}, inMemory],
    ['REDIS_MEMORY_ONLY=true', unkept],
    // With this setting, the server would never confirm that a record is on disk.
    ['memory', {}, { appendfsync: 'no' }, inMemory],
  ])(
    '%s, for a server with %j and %j (memory alone may count: %s)',
    (asked, facts, settings, memoryOnly = false) => {
      const seen = {
        facts: facts && { ...goodFacts, ...facts },
        settings: settings && { ...goodSettings, ...settings },
      };
      const choose = () => chooseConfirmation({ memoryOnly }, seen);
      if (asked === 'waitaof' || asked === 'memory') {
        expect(choose()).toBe(asked);
      } else {
        expect(choose).toThrow(asked);
      }
    },
  );
});
