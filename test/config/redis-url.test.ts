import { expect, test } from 'vitest';
import { formatRedisAddress, parseRedisUrl } from '../../src/config/redis-url.ts';

test.each([
  ['redis://localhost', { host: 'localhost', port: 6379, isTls: false, database: 0 }],
  ['rediss://r.example.com:6380/2', { host: 'r.example.com', port: 6380, isTls: true, database: 2 }],
  ['redis://[::1]:7000/', { host: '::1', port: 7000, isTls: false, database: 0 }],
  ['redis://:p%40ss%2Fword@h:1', { host: 'h', port: 1, isTls: false, database: 0, password: 'p@ss/word' }],
  [
    'redis://user:secret@h:1',
    { host: 'h', port: 1, isTls: false, database: 0, username: 'user', password: 'secret' },
  ],
])('takes %s apart', (url, address) => {
  expect(parseRedisUrl(url)).toEqual(address);
});

test.each([
  ['h:6379', 'is not redis://host:port'],
  ['http://h:6379', 'is not redis://host:port'],
  ['redis://:secret/x@h', 'percent-encoded'],
  ['redis://:secret@', 'percent-encoded'],
  ['redis://:secret@h:1/db', 'has a path'],
  ['redis://:secret@h:1/0/1', 'has a path'],
  ['redis://:secret@h:1/9999', 'at most 1023'],
  ['redis://:secret@h:1?db=1', 'after "?"'],
  ['redis://:secret%zz@h:1', 'percent-encoded properly'],
])('refuses %s, and shows no part of it', (url, text) => {
  const parsed = parseRedisUrl(url);
  expect(parsed).toContain(text);
  expect(parsed).not.toContain('secret');
});

test('is shown to people without user and password', () => {
  const parsed = parseRedisUrl('rediss://user:secret@[::1]:7000/3');
  expect(typeof parsed === 'string' ? parsed : formatRedisAddress(parsed)).toBe('rediss://[::1]:7000/3');
});
