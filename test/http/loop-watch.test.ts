import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { LoopWatch } from '../../src/http/loop-watch.ts';

function standStill(milliseconds: number): void {
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    // Keeps the event loop.
  }
}

test('a request on a new connection came in after the time that the watch gives, however slow the process is', async () => {
  const watch = new LoopWatch(Date.now);
  const server = createServer();
  onTestFinished(() => void server.close());
  onTestFinished(() => watch.stop());
  const readAfter: number[] = [];
  server.on('request', (_request, response) => {
    readAfter.push(watch.unreadSince);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Each turn of the event loop takes a while.
  const slow = setInterval(() => standStill(150), 1);
  onTestFinished(() => clearInterval(slow));
  await delay(600);
  const sentAt = Date.now();
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(response.status).toBe(200);
  expect(readAfter[0]).toBeLessThanOrEqual(sentAt);
  expect(readAfter[0]).toBeGreaterThan(sentAt - 2_000);
});

test('an idle process knows it to a few hundredths of a second', async () => {
  const watch = new LoopWatch(Date.now);
  onTestFinished(() => watch.stop());
  await expect.poll(() => Date.now() - watch.unreadSince, { interval: 40 }).toBeLessThan(200);
});
