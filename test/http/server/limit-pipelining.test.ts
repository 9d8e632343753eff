import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { delivery } from '../../support/http-text.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { openRaw } from '../../support/raw-request.ts';
import { startTestReceiver } from '../../support/test-receiver.ts';
import { waitUntil } from '../../support/wait-until.ts';

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

/** Sends two requests at once, so many times, each time when the two before are answered. */
async function sendPairs(url: string, count: number): Promise<number> {
  const { socket } = await openRaw(url, []);
  socket.removeAllListeners('data');
  let pairs = 0;
  let answers = 0;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('data', (data) => {
    answers += data.toString('latin1').split('HTTP/1.1 200').length - 1;
    if (answers === 2) {
      answers = 0;
      pairs += 1;
      if (pairs === count) {
        socket.destroy();
      } else {
        socket.write(get.repeat(2));
      }
    }
  });
  socket.write(get.repeat(2));
  await closed;
  return pairs;
}

test('of all connections together a thousand requests may wait behind others, and those that are answered or end make room', async () => {
  const waiting = Array.from({ length: 1_600 }, () => Promise.withResolvers<never>());
  let appended = 0;
  const sink = { ...createMemorySink(), append: () => waiting[appended++]?.promise ?? Promise.resolve([]) };
  const receiver = await startTestReceiver({ sink, env: { MAX_IN_FLIGHT_REQUESTS: '5000' } });
  expect(await sendPairs(receiver.url, 1_100)).toBe(1_100);
  const body = '{"eventId":"e"}';
  const eight = delivery(body).join('').repeat(8);
  const sockets: Socket[] = [];
  for (let count = 0; count < 150; count += 1) {
    sockets.push((await openRaw(receiver.url, [eight])).socket);
  }
  const open = () => sockets.filter(({ destroyed }) => !destroyed);
  // Seven of eight wait behind the first one: 146 connections have 1,022.
  await waitUntil(() => open().length === 146, { timeoutMs: 10_000, what: 'four are cut' });
  for (const socket of sockets) {
    socket.destroy();
  }
  await waitUntil(async () => (await countAnswers(receiver.url, get.repeat(15) + getLast)) === 16, {
    timeoutMs: 5_000,
    what: 'several requests at once are answered',
  });
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
