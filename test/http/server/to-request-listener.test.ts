import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Koa from 'koa';
import { expect, onTestFinished, test } from 'vitest';
import { LeanKoa } from '../../../src/http/server/lean-koa.ts';
import { toRequestListener } from '../../../src/http/server/to-request-listener.ts';
import { captureLog } from '../../support/captured-log.ts';

function start(app: Koa) {
  const log = captureLog();
  const logLimit = { take: () => ({ suppressed: 3 }) };
  const handler = toRequestListener(app, { logger: log.logger, logLimit, message: 'request failed' });
  return { handler, log };
}

test('what fails is answered 500 and logged, with how many lines were left out before', async () => {
  const app = new LeanKoa();
  app.use(() => {
    throw new Error('broken');
  });
  const { handler, log } = start(app);
  const server = createServer(handler).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  expect((await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).status).toBe(500);
  expect(log.lines).toMatchObject([
    { level: 'error', msg: 'request failed', suppressed: 3, err: { message: 'broken' } },
  ]);
});

test.each(['EPIPE', 'ECONNRESET'])('a client that is gone (%s) is no failure', (code) => {
  const app = new LeanKoa();
  const { log } = start(app);
  app.emit('error', Object.assign(new Error(`write ${code}`), { code, syscall: 'write' }));
  expect(log.lines).toEqual([]);
});
