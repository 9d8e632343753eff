import { expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';

test.each([
  [[], {}, 'KAFKA_BROKERS: is missing: topics are made on Kafka'],
  [['--partitions', '0'], {}, 'Give a whole number from 1 to 10000.'],
  [
    ['--replication-factor', '1', '--min-insync-replicas', '2'],
    { KAFKA_BROKERS: '127.0.0.1:1' },
    '--min-insync-replicas is more than --replication-factor',
  ],
])('%j with %j exits with 2', async (args, env, sentence) => {
  const { code, stderr } = await runCommand(['topics', ...args], env);
  expect(code).toBe(2);
  expect(stderr).toContain(sentence);
});
