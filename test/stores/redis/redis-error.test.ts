import { expect, test } from 'vitest';
import { isFinal, RedisError, toRedisError } from '../../../src/stores/redis/redis-error.ts';

test.each([
  ['NOAUTH Authentication required.', 'login'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'login'],
  ['ERR AUTH <password> called without any password configured for the default user.', 'login'],
  ["NOPERM User reader has no permissions to run the 'xadd' command", 'rights'],
  ["READONLY You can't write against a read only replica.", 'role'],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'role'],
  ['UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)', 'role'],
  ['MOVED 3999 127.0.0.1:6381', 'role'],
  ['LOADING Redis is loading the dataset in memory', 'busy'],
  ['BUSY Redis is busy running a script.', 'busy'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'memory'],
  ['MISCONF Errors writing to the AOF file: No space left on device', 'disk'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'type'],
  ['ERR Protocol error: invalid bulk length', 'too_large'],
  ["ERR unknown command 'WAITAOF'", 'server'],
  ['NOREPLICAS Not enough good replicas to write.', 'server'],
  ['Socket closed unexpectedly', 'connection'],
  ['connect ECONNREFUSED 127.0.0.1:6379', 'connection'],
])('%s means %s', (text, kind) => {
  const error = toRedisError(new Error(text));
  expect(error.kind).toBe(kind);
  expect(error.message).toContain(text.replace(/\.$/, ''));
});

test.each([
  Object.assign(new Error('connect ETIMEDOUT 127.0.0.1:6379'), { code: 'ETIMEDOUT' }),
  Object.assign(new Error('Connection timeout'), { name: 'ConnectionTimeoutError' }),
])('%s is a time-out', (error) => {
  expect(toRedisError(error).kind).toBe('timeout');
});

test('of several addresses that were tried the first reason stands', () => {
  const error = new AggregateError([new Error('connect ECONNREFUSED ::1:1'), new Error('other')]);
  expect(toRedisError(error)).toMatchObject({ kind: 'connection', message: 'connect ECONNREFUSED ::1:1' });
});

test('an error of ours stays what it is', () => {
  const error = new RedisError('unsynced', 'x');
  expect(toRedisError(error)).toBe(error);
});

const untrusted = Object.assign(new Error('self-signed certificate'), {
  code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
});
const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

test.each<[string, unknown, boolean]>([
  ['a wrong password', toRedisError(new Error('WRONGPASS invalid')), true],
  [
    'a right that is missing to confirm',
    new RedisError('unconfirmed', 'x', { cause: new RedisError('rights', 'NOPERM') }),
    true,
  ],
  ['settings of the server', new RedisError('unfit', 'appendonly no'), true],
  ['a certificate', toRedisError(untrusted), true],
  ['a server that is unavailable', toRedisError(refused), false],
  ['a server that loads its data', toRedisError(new Error('LOADING')), false],
  ['a replica, which may become the primary', new RedisError('role', 'it is a replica'), false],
  ['nothing', undefined, false],
])('whether it passes by itself: %s', (_, error, final) => {
  expect(isFinal(error)).toBe(final);
});
