import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openHttpConnection } from '../../../src/provider/simulator/http-connection.ts';

async function open(answer: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const connection = openHttpConnection(new URL(`http://127.0.0.1:${port}/`));
  onTestFinished(connection.close);
  return connection;
}

const request = Buffer.from('x');

test('stays open after an answer whose end is known', async () => {
  const connection = await open((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  expect([await connection.exchange(request, 1_000), await connection.exchange(request, 1_000)]).toEqual([
    200, 200,
  ]);
  expect(connection.isOpen).toBe(true);
});

test.each([
  [
    'is not open after an answer that closes it',
    'HTTP/1.1 503 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    503,
  ],
  ['is not open after what is not HTTP', 'hello\r\n\r\n', 'reset'],
  ['is not open after a request without an answer', '', 'timeout'],
])('%s', async (_name, text, result) => {
  const connection = await open((socket) => socket.write(text));
  expect(await connection.exchange(request, 100)).toBe(result);
  expect(connection.isOpen).toBe(false);
});

test('names a port where nobody listens', async () => {
  const connection = openHttpConnection(new URL('http://127.0.0.1:1/'));
  expect(await connection.exchange(request, 1_000)).toBe('refused');
});
