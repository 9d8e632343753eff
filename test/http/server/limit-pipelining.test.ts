import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, onTestFinished, test } from 'vitest';
import { createMemorySink } from '../../support/memory-sink.ts';
import { openRaw } from '../../support/raw-request.ts';
import { startTestReceiver } from '../../support/test-receiver.ts';

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const getLast = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

async function countAnswers(url: string, requests: string): Promise<number> {
  const { socket } = await openRaw(url, []);
  socket.removeAllListeners('data');
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(requests);
  await closed;
  return text.split('HTTP/1.1 200').length - 1;
}

test('a connection may have some requests under way at once', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  expect(await countAnswers(receiver.url, get.repeat(15) + getLast)).toBe(16);
});

test('a connection with too many unanswered requests is cut, and the next one is served', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  expect(await countAnswers(receiver.url, get.repeat(16) + getLast)).toBe(0);
  expect(await countAnswers(receiver.url, getLast)).toBe(1);
});

test('of a packet with a thousand requests hardly more are read than may wait', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  let read = 0;
  const onStart = () => {
    read += 1;
  };
  subscribe('http.server.request.start', onStart);
  onTestFinished(() => void unsubscribe('http.server.request.start', onStart));
  expect(await countAnswers(receiver.url, get.repeat(1_000) + getLast)).toBe(0);
  expect(read).toBe(17);
});

test('answered requests do not count', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const { socket } = await openRaw(receiver.url, []);
  socket.removeAllListeners('data');
  for (let sent = 0; sent < 40; sent += 1) {
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.write(get);
    await answered;
  }
  expect(socket.destroyed).toBe(false);
  socket.destroy();
});
