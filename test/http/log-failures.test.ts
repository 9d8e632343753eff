import Koa from 'koa';
import { expect, test } from 'vitest';
import { logFailures } from '../../src/http/log-failures.ts';
import { captureLog } from '../support/captured-log.ts';

function failWith(error: Error) {
  const log = captureLog();
  const app = new Koa();
  const logLimit = { take: () => ({ suppressed: 3 }) };
  logFailures(app, { logger: log.logger, logLimit, message: 'request failed' });
  app.emit('error', error);
  return log.lines;
}

test('a failure is logged, with how many lines were left out before', () => {
  expect(failWith(new Error('broken'))).toMatchObject([
    { level: 'error', msg: 'request failed', suppressed: 3, err: { message: 'broken' } },
  ]);
});

test.each(['EPIPE', 'ECONNRESET'])('a client that is gone (%s) is no failure', (code) => {
  expect(failWith(Object.assign(new Error(`write ${code}`), { code, syscall: 'write' }))).toEqual([]);
});
