import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { delivery } from '../../support/http-text.ts';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { oddRequests } from '../../support/odd-requests.ts';
import { openRaw } from '../../support/raw-request.ts';
import { startTestReceiver, temporaryDirectory } from '../../support/test-receiver.ts';
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

test('a connection may have some requests in flight at once', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  expect(await countAnswers(receiver.url, get.repeat(15) + getLast)).toBe(16);
});

test('a connection with too many unanswered requests is cut, and the next one is served', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  expect(await countAnswers(receiver.url, get.repeat(16) + getLast)).toBe(0);
  expect(await countAnswers(receiver.url, getLast)).toBe(1);
});

/** Returns the number of requests that the server starts before it closes the connection. */
async function countReads(url: string, requests: string): Promise<number> {
  let read = 0;
  const onStart = () => {
    read += 1;
  };
  const { protocol, hostname, port } = new URL(url);
  const address = { host: hostname, port: Number(port) };
  const isTls = protocol === 'https:';
  const socket = isTls ? connectTls({ ...address, rejectUnauthorized: false }) : connect(address);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {}).resume();
  await once(socket, isTls ? 'secureConnect' : 'connect');
  subscribe('http.server.request.start', onStart);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(requests);
  await closed;
  unsubscribe('http.server.request.start', onStart);
  return read;
}

describe('of a packet with a thousand requests hardly more are read than may wait, and the next is served', () => {
  async function findUnlimited(url: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (const request of oddRequests) {
      const read = await countReads(url, request.text.repeat(1_000) + getLast);
      if (read > request.mostRead) {
        found.push(`${request.name}: ${read}`);
      }
    }
    return found;
  }

  test('on the public port and on the management port', async () => {
    const { url, managementUrl } = await startTestReceiver({ sink: createMemorySink() });
    expect(await findUnlimited(url)).toEqual([]);
    expect(await findUnlimited(managementUrl)).toEqual([]);
    expect(await countAnswers(url, getLast)).toBe(1);
    expect((await fetch(`${managementUrl}/livez`)).status).toBe(200);
  });

  test('over own TLS', async () => {
    const { serverCertFile, serverKeyFile } = await createTestCertificates(temporaryDirectory());
    const receiver = await startTestReceiver({
      sink: createMemorySink(),
      env: { TLS_CERT_FILE: serverCertFile, TLS_KEY_FILE: serverKeyFile },
    });
    const url = receiver.url.replace('http:', 'https:');
    expect(await findUnlimited(url)).toEqual([]);
    expect(await countReads(url, getLast)).toBe(1);
  });
});

/** Sends `count` pairs of requests. Each pair follows the responses to the previous one. */
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
  const receiver = await startTestReceiver({ sink, http: { maxInFlightRequests: 5_000 } });
  expect(await sendPairs(receiver.url, 1_100)).toBe(1_100);
  const body = '{"eventId":"e"}';
  const sockets: Socket[] = [];
  async function open(connections: number, requestsOfEach: number): Promise<void> {
    for (let count = 0; count < connections; count += 1) {
      sockets.push((await openRaw(receiver.url, [delivery(body).join('').repeat(requestsOfEach)])).socket);
    }
  }
  // On each connection, eight of nine requests wait behind the first one. So 128 connections reach the limit of 1,024
  // waiting requests.
  await open(128, 9);
  await waitUntil(() => appended === 128 * 9, { timeoutMs: 120_000, what: 'all are taken' });
  await open(1, 1);
  await open(4, 2);
  const left = () => sockets.filter(({ destroyed }) => !destroyed).length;
  await waitUntil(() => left() === 129, { timeoutMs: 120_000, what: 'those with one more are cut' });
  for (const socket of sockets) {
    socket.destroy();
  }
  await waitUntil(async () => (await countAnswers(receiver.url, get.repeat(15) + getLast)) === 16, {
    timeoutMs: 30_000,
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
