import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { delivery } from '../../support/http-text.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { startTestReceiver } from '../../support/test-receiver.ts';

test('a client that keeps its connection open behind the answer that ends it is cut', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const { hostname, port } = new URL(receiver.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => {});
  const answered = once(socket, 'data');
  socket.write('no http at all\r\n\r\n');
  expect(String((await answered)[0])).toMatch(/^HTTP\/1\.1 503 /);
  // Writing fails only after the server has closed the connection, so the test writes until then.
  await expect
    .poll(() => {
      socket.write('x');
      return socket.destroyed;
    })
    .toBe(true);
});

test('a request whose headers do not end is cut off, and not taken when the rest comes after all', async () => {
  const sink = createMemorySink();
  const receiver = await startTestReceiver({ sink, env: { REQUEST_BUDGET_MS: '1500' } });
  const { hostname, port } = new URL(receiver.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const [head, body] = delivery('{"eventId":"e"}') as [string, Buffer];
  socket.write(head.slice(0, 60));
  expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 408 /);
  socket.on('error', () => {});
  socket.write(head.slice(60));
  // The test keeps sending the body until the server closes the connection.
  while (!socket.destroyed) {
    socket.write(body);
    await delay(50);
  }
  expect(sink.records).toEqual([]);
});
