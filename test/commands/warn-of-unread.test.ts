import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logUnread } from '../../src/commands/warn-of-unread.ts';
import { captureLog } from '../support/captured-log.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test.each([['replay'], ['topics'], ['register', '--list-events']])(
  '%s in production does nothing with a name that nothing reads',
  async (...args) => {
    const env = { NODE_ENV: 'production', DATA_DIR: temporaryDirectory(), COMAPI_API_REGIO: 'r2' };
    const { code, stderr } = await runCommand(args, env);
    expect(code).toBe(2);
    expect(stderr).toContain('COMAPI_API_REGIO: nothing reads it. Did you mean COMAPI_API_REGION?');
  },
);

test('a command elsewhere warns of it on standard error, and goes on', async () => {
  const env = { DATA_DIR: temporaryDirectory(), KAFKA_BROKER: 'kafka:9092' };
  mkdirSync(join(env.DATA_DIR, 'journal'));
  const { code, stderr } = await runCommand(['replay', '--dry-run'], env);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: KAFKA_BROKER: nothing reads it\. Did you mean KAFKA_BROKERS\?$/m);
});

test('a process logs a line for each', () => {
  const { logger, lines } = captureLog();
  logUnread(logger, [{ variable: 'POORT', message: 'nothing reads it.', isSure: false }]);
  expect(lines).toMatchObject([{ level: 'warn', variable: 'POORT', msg: 'POORT: nothing reads it.' }]);
});
