import { expect, test } from 'vitest';
import { readSpoolConfig } from '../../src/config/spool-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

function read(env: Env, maxBodyBytes = 1024) {
  const problems: ConfigProblem[] = [];
  const spool = readSpoolConfig(env, maxBodyBytes, problems);
  return { spool, problems };
}
const kafka = { KAFKA_BROKERS: 'localhost:9092' };

test('there is no spool unless a directory is named', () => {
  expect(read(kafka)).toEqual({ spool: undefined, problems: [] });
  expect(read({ ...kafka, SPOOL_DIR: '' }).spool).toBeUndefined();
});

test('a spool takes one gibibyte, if nothing else is said', () => {
  expect(read({ ...kafka, SPOOL_DIR: '/spool' })).toEqual({
    spool: { directory: '/spool', maxBytes: 1024 ** 3 },
    problems: [],
  });
});

test('the journal has no spool, and the problem says why', () => {
  expect(read({ SPOOL_DIR: '/spool' }).problems).toEqual([
    { variable: 'SPOOL_DIR', message: expect.stringContaining('cannot be used with the journal') },
  ]);
});

test('a spool that could not hold the largest body is a problem', () => {
  const env = { ...kafka, SPOOL_DIR: '/spool', SPOOL_MAX_BYTES: '65536' };
  expect(read(env, 16_384).problems).toEqual([]);
  expect(read(env, 16_385).problems).toMatchObject([
    {
      variable: 'SPOOL_MAX_BYTES',
      message: expect.stringContaining('is less than 4 times MAX_BODY_BYTES (16385)'),
    },
  ]);
});
