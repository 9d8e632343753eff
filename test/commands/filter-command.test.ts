import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('without Kafka it needs only the variables of one run, and ends', async () => {
  const env = { DATA_DIR: temporaryDirectory(), LOG_LEVEL: 'silent', MANAGEMENT_PORT: 'x' };
  mkdirSync(join(env.DATA_DIR, 'journal'));
  expect((await runCommand(['filter'], env)).code).toBe(0);
});

test.each([
  [{ FILTER_WINDOW: '1s' }, ['FILTER_WINDOW']],
  [{ KAFKA_BROKERS: 'kafka', MANAGEMENT_PORT: 'x' }, ['KAFKA_BROKERS', 'MANAGEMENT_PORT']],
])('%j exits with 2 and names each problem once', async (env, variables) => {
  const { code, stderr } = await runCommand(['filter'], { DATA_DIR: temporaryDirectory(), ...env });
  expect(code).toBe(2);
  expect(
    stderr
      .match(/^ {2}[A-Z_]+(?=:)/gm)
      ?.map((name) => name.trim())
      .toSorted((a, b) => (a < b ? -1 : 1)),
  ).toEqual(variables);
});

test.each([
  [{ REDIS_URL: 'redis://127.0.0.1:1' }, 'but not Redis', 'docs/consume/README.md#redis'],
  [{ RABBITMQ_URL: 'amqp://127.0.0.1:1' }, 'does not support RabbitMQ', 'docs/consume/README.md#rabbitmq'],
])('with %j it says that there is none, and what a consumer does instead', async (env, why, instead) => {
  const { code, stderr } = await runCommand(['filter'], env);
  expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
  expect(stderr).toContain(instead);
});

test('without a store and without a journal it exits with 2, and makes nothing', async () => {
  const dataDir = join(temporaryDirectory(), 'data');
  const { code, stderr } = await runCommand(['filter'], { DATA_DIR: dataDir, LOG_LEVEL: 'silent' });
  expect(code).toBe(2);
  expect(stderr).toContain(
    `no store is configured, and the journal ${dataDir}/journal does not exist: set KAFKA_BROKERS or`,
  );
  expect(existsSync(dataDir)).toBe(false);
});
