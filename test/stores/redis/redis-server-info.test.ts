import { expect, test } from 'vitest';
import { RedisError, toRedisError } from '../../../src/stores/redis/redis-error.ts';
import {
  parseServerFacts,
  readServerFacts,
  readServerSettings,
} from '../../../src/stores/redis/redis-server-info.ts';

const info = (...lines: string[]) => ['# Server', ...lines].join('\r\n');

test('reads what INFO says', () => {
  const text = info(
    'redis_version:7.2.4',
    'valkey_version:9.1.2',
    'used_memory:1000',
    'maxmemory:2000',
    'maxmemory_policy:allkeys-lru',
    'loading:0',
    'aof_enabled:1',
    'role:master',
    'connected_slaves:2',
    'slave0:ip=10.0.0.1,port=6379,state=online,offset=1,lag=0',
    'slave1:ip=10.0.0.2,port=6379,state=wait_bgsave,offset=0,lag=0',
    'cluster_enabled:0',
  );
  expect(parseServerFacts(text)).toEqual({
    name: 'Valkey 9.1.2',
    hasWaitAof: true,
    isPrimary: true,
    isCluster: false,
    isLoading: false,
    hasAppendOnlyFile: true,
    replicas: 1,
    maxMemoryBytes: 2000,
    evictionPolicy: 'allkeys-lru',
  });
});

test.each([
  ['6.2.14', false],
  ['7.0.15', false],
  ['7.2.0', true],
  ['8.0.1', true],
  ['10.0', true],
])('Redis %s has WAITAOF: %s', (version, hasWaitAof) => {
  expect(parseServerFacts(info(`redis_version:${version}`))).toMatchObject({
    name: `Redis ${version}`,
    hasWaitAof,
  });
});

test('a replica that loads its data is one', () => {
  expect(parseServerFacts(info('role:slave', 'loading:1', 'cluster_enabled:1'))).toMatchObject({
    isPrimary: false,
    isLoading: true,
    isCluster: true,
  });
});

test.each([
  'NOPERM this user has no permissions to run the command',
  "ERR unknown command 'INFO', with args beginning with: ",
])('the answer %j means that the facts are unknown', async (text) => {
  const client = { call: () => Promise.reject(toRedisError(new Error(text))) };
  expect(await readServerFacts(client)).toBeUndefined();
  expect(await readServerSettings(client)).toBeUndefined();
});

test('any other error of the server is an error', async () => {
  const client = { call: () => Promise.reject(toRedisError(new Error('ERR max number of clients reached'))) };
  await expect(readServerFacts(client)).rejects.toThrow('max number of clients');
  await expect(readServerSettings(client)).rejects.toThrow('max number of clients');
});

test('a lost connection is no answer', async () => {
  const client = { call: () => Promise.reject(new RedisError('connection', 'gone')) };
  await expect(readServerFacts(client)).rejects.toThrow('gone');
});

test('reads the settings, and takes an empty answer for one that may not be seen', async () => {
  const values: Record<string, string> = {
    appendfsync: 'everysec',
    'no-appendfsync-on-rewrite': 'yes',
    'proto-max-bulk-len': '1024',
  };
  const client = {
    call: async (args: readonly (string | Buffer)[]) => [args[2] as string, values[args[2] as string] ?? ''],
  };
  expect(await readServerSettings(client)).toEqual({
    appendfsync: 'everysec',
    syncsDuringRewrite: false,
    maxArgumentBytes: 1024,
  });
  expect(await readServerSettings({ call: async () => [] })).toBeUndefined();
});

test('what a managed server skips, or leaves empty, is not known', async () => {
  expect(parseServerFacts(info('maxmemory:'))).toMatchObject({
    hasWaitAof: false,
    maxMemoryBytes: Number.NaN,
  });
  const settings = await readServerSettings({ call: async () => ['any', ''] });
  expect(settings?.maxArgumentBytes).toBeNaN();
});
