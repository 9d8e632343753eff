import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import type { ArrivingBody } from '../../src/http/arriving-body.ts';
import { readBody } from '../../src/http/read-body.ts';
import { httpOnlyOptions } from '../../src/http/server/http-only.ts';
import { markAuthenticated } from '../../src/http/server/limit-connections.ts';
import { DeadlineWatch } from '../../src/runtime/deadline-watch.ts';
import { AdmissionGate } from '../../src/webhook/admission-gate.ts';
import { Refusal } from '../../src/webhook/refusal.ts';
import { openRaw } from '../support/raw-request.ts';
import { waitUntil } from '../support/wait-until.ts';

const limits = { maxInFlightRequests: 10, maxInFlightBytes: 1_000_000, maxBodyBytes: 50_000 };
const now = () => Date.now();

/** Sends a request in these chunks, and returns the result of `readBody`. */
async function read(
  chunks: readonly string[],
  { timeoutMs = 5_000, inFlightBytes = 0, isProven = false, maxInFlightBytes = limits.maxInFlightBytes } = {},
) {
  const arriving = new DeadlineWatch<ArrivingBody>({ now, intervalMs: 10 });
  const { promise: request, resolve } = Promise.withResolvers<IncomingMessage>();
  const server = createServer(httpOnlyOptions, resolve).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as AddressInfo;
  const { socket } = await openRaw(`http://127.0.0.1:${port}`, chunks);
  onTestFinished(() => void socket.destroy());
  const message = await request;
  const length = message.headers['content-length'];
  const declaredBytes = length === undefined ? undefined : Number(length);
  const seen: Buffer[] = [];
  message.on('data', (chunk: Buffer) => seen.push(chunk));
  if (isProven) {
    markAuthenticated(message.socket);
  }
  const body = readBody(message, admitBody(declaredBytes, inFlightBytes, maxInFlightBytes), {
    maxBodyBytes: limits.maxBodyBytes,
    endsAt: now() + timeoutMs,
    declaredBytes,
    arriving,
  });
  return { body, seen, socket, arriving, message };
}

/** @param inFlightBytes number of bytes of other deliveries, which are already verified */
function admitBody(
  declaredBytes: number | undefined,
  inFlightBytes = 0,
  maxInFlightBytes = limits.maxInFlightBytes,
) {
  const gate = new AdmissionGate({ ...limits, maxInFlightBytes });
  gate.admit(undefined).takePlace(inFlightBytes);
  return gate.admit(declaredBytes);
}

const head = (...headers: readonly string[]) =>
  `${['POST / HTTP/1.1', 'Host: a', ...headers].join('\r\n')}\r\n\r\n`;
const chunked = head('Transfer-Encoding: chunked');
const chunkOf = (length: number) => `${length.toString(16)}\r\n${'x'.repeat(length)}\r\n`;

test.each([
  ['with a length', [head('Content-Length: 5'), 'he', 'llo']],
  ['in chunks', [chunked, '2\r\nhe\r\n', '3\r\nllo\r\n0\r\n\r\n']],
])('gives the bytes of a body %s', async (_how, chunks) => {
  const { body, arriving } = await read(chunks);
  expect((await body).toString()).toBe('hello');
  expect(arriving.size).toBe(0);
});

test('a chunk that was copied has no memory any more when the body is read', async () => {
  const { body, seen, socket } = await read([head('Content-Length: 40000'), 'x'.repeat(20_000)]);
  await waitUntil(() => seen.length > 0, { timeoutMs: 5_000, what: 'the first chunk is there' });
  socket.write('x'.repeat(20_000));
  expect((await body).toString()).toBe('x'.repeat(40_000));
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.map(({ length }) => length)).toEqual(seen.map(() => 0));
});

test('a chunk that is the body is left alone', async () => {
  const { body, seen } = await read([head('Content-Length: 40000') + 'x'.repeat(40_000)]);
  expect((await body).toString()).toBe('x'.repeat(40_000));
  expect(seen).toEqual([await body]);
});

test('memory that a chunk shares with something else stays', async () => {
  const shared = Buffer.from(new ArrayBuffer(40_010)).fill('x');
  const chunks = [shared.subarray(0, 20_000), shared.subarray(20_000, 40_000)];
  const request = Object.assign(Readable.from(chunks), { rawHeaders: [] });
  const body = readBody(request as unknown as IncomingMessage, admitBody(40_000), {
    maxBodyBytes: limits.maxBodyBytes,
    endsAt: now() + 5_000,
    declaredBytes: 40_000,
    arriving: new DeadlineWatch<ArrivingBody>({ now, intervalMs: 10 }),
  });
  expect((await body).toString()).toBe('x'.repeat(40_000));
  expect(shared.toString()).toBe('x'.repeat(40_010));
});

test('refuses a body that grows over the limit', async () => {
  const { body, arriving } = await read([chunked, chunkOf(30_000), chunkOf(30_000)]);
  await expect(body).rejects.toMatchObject({ code: 'too_large' });
  expect(arriving.size).toBe(0);
});

test('refuses a body that is not whole in time', async () => {
  const { body } = await read([head('Content-Length: 5'), 'he'], { timeoutMs: 30 });
  await expect(body).rejects.toMatchObject({ code: 'body_timeout' });
});

test('refuses a body when too many bytes are in flight', async () => {
  const { body } = await read([chunked, chunkOf(30_000)], { inFlightBytes: 980_000 });
  await expect(body).rejects.toMatchObject({ code: 'overloaded' });
});

test('refuses a body whose sender goes away', async () => {
  const { body, socket } = await read([head('Content-Length: 5'), 'he']);
  socket.destroy();
  await expect(body).rejects.toMatchObject({ code: 'aborted' });
});

test('a body in tiny chunks counts for what they cost, and its connection is cut', async () => {
  const { body, socket } = await read([chunked + '1\r\nx\r\n'.repeat(2_000)]);
  await expect(body).rejects.toMatchObject({ code: 'unverified_overload' });
  await waitUntil(() => socket.destroyed, { timeoutMs: 5_000, what: 'the connection is cut' });
});

test('of who has not proved himself a body may have 4,096 small chunks, of others more', async () => {
  const inSmall = (count: number, isProven: boolean) =>
    read([`${chunked}${'1\r\nx\r\n'.repeat(count)}0\r\n\r\n`], { isProven, maxInFlightBytes: 100_000_000 });
  expect(await (await inSmall(4_096, false)).body).toHaveLength(4_096);
  const { body, socket } = await inSmall(4_097, false);
  await expect(body).rejects.toMatchObject({ code: 'unverified_overload' });
  await waitUntil(() => socket.destroyed, { timeoutMs: 30_000, what: 'the connection is cut' });
  expect(await (await inSmall(4_097, true)).body).toHaveLength(4_097);
});

/** Evicts a body, as if another one needed its memory, after `count` chunks of one byte. */
async function readYielding(count: number) {
  const reading = await read([chunked + '1\r\nx\r\n'.repeat(count)]);
  const { body, arriving, seen, socket } = reading;
  socket.on('error', () => {});
  await waitUntil(() => seen.length === count, { timeoutMs: 30_000, what: 'the first chunks are there' });
  arriving.forEach((each) => {
    each.evict(new Refusal('unverified_overload', 'It went'));
  });
  // The connection must already be closed. If many clients are evicted in the same turn of the event loop, closing
  // connections later would be too late.
  const isCut = reading.message.destroyed;
  await expect(body).rejects.toMatchObject({ code: 'unverified_overload' });
  return { ...reading, isCut };
}

test('a body in some tiny chunks that goes for another one keeps few that come later, and its connection is cut', async () => {
  const { isCut, socket, message } = await readYielding(64);
  expect(isCut).toBe(false);
  socket.write('1\r\nx\r\n'.repeat(2_000));
  await waitUntil(() => socket.destroyed, { timeoutMs: 30_000, what: 'the connection is cut' });
  expect(message.readableLength).toBeLessThan(65);
});

test('a body in many tiny chunks that goes for another one is let go with its connection', async () => {
  const { isCut, socket } = await readYielding(65);
  expect(isCut).toBe(true);
  await waitUntil(() => socket.destroyed, { timeoutMs: 30_000, what: 'the connection is cut' });
});

test('a body in many chunks of usual size that goes for another one keeps its connection for the answer', async () => {
  const { body, seen, arriving, message } = await read([chunked + chunkOf(512).repeat(70)]);
  await waitUntil(() => seen.length >= 70, { timeoutMs: 5_000, what: 'the chunks are there' });
  arriving.forEach((reading) => {
    reading.evict(new Refusal('unverified_overload', 'It went'));
  });
  await expect(body).rejects.toMatchObject({ code: 'unverified_overload' });
  expect([message.isPaused(), message.destroyed]).toEqual([true, false]);
});

test('a small body that did not arrive at once counts from then on', async () => {
  const { body, arriving, socket } = await read([`${head('Content-Length: 5')}he`], {
    inFlightBytes: 999_999,
  });
  arriving.forEach((reading) => {
    reading.count();
  });
  await expect(body).rejects.toMatchObject({ code: 'overloaded' });
  expect(socket.destroyed).toBe(false);
});

const manyHeaders = Array.from({ length: 90 }, (_, index) => `h${index}: 1`);

test('a body that did not arrive at once counts with what its headers cost', async () => {
  const { body, arriving } = await read([`${head(...manyHeaders, 'Content-Length: 5')}he`], {
    inFlightBytes: 990_000,
  });
  arriving.forEach((reading) => {
    reading.count();
  });
  await expect(body).rejects.toMatchObject({ code: 'overloaded' });
});

test('a body in chunks counts with what its headers cost from its first byte on', async () => {
  const { body } = await read([head(...manyHeaders, 'Transfer-Encoding: chunked')], {
    inFlightBytes: 990_000,
  });
  await expect(body).rejects.toMatchObject({ code: 'overloaded' });
});

test('the headers of an ordinary request are counted with its connection', async () => {
  const { body, arriving, socket } = await read(
    [`${head(...manyHeaders.slice(20, 40), 'Content-Length: 5')}he`],
    {
      inFlightBytes: 998_000,
    },
  );
  arriving.forEach((reading) => {
    reading.count();
  });
  socket.write('llo');
  expect((await body).toString()).toBe('hello');
});

/**
 * Reads bodies that share one memory limit. Unverified bodies may use 500,000 bytes in total, and large unverified
 * bodies half of that.
 */
function readTogether() {
  const gate = new AdmissionGate({ ...limits, maxBodyBytes: 1_000 });
  const arriving = new DeadlineWatch<ArrivingBody>({ now, intervalMs: 10_000 });
  const add = (endsAt: number, isFromProved = false) => {
    const socket = new Socket();
    if (isFromProved) {
      markAuthenticated(socket);
    }
    const request = Object.assign(new Readable({ read() {} }), { rawHeaders: [], socket });
    const body = readBody(request as unknown as IncomingMessage, gate.admit(undefined), {
      ...{ maxBodyBytes: 1e9, endsAt, declaredBytes: undefined, arriving },
    });
    const ended = body.then(
      () => 'whole',
      (error: unknown) => (error instanceof Refusal ? error.code : error),
    );
    const send = async (bytes: number) => {
      request.push(Buffer.alloc(bytes));
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { send, ended, end: () => request.push(null) };
  };
  return { gate, arriving, add };
}

test('when bodies that are not verified hold all that they may, the oldest goes for a later one', async () => {
  const { gate, add } = readTogether();
  const unproven = Array.from({ length: 100 }, (_, index) => add(1_000 + index));
  for (const { send } of unproven) {
    await send(5_000);
  }
  expect(gate.unverifiedBytes).toBe(500_000);
  const sender = add(2_000);
  await sender.send(5_000);
  expect(await unproven[0]?.ended).toBe('unverified_overload');
  expect(gate.unverifiedBytes).toBe(500_000);
  sender.end();
  expect(await sender.ended).toBe('whole');
});

test('a body on a connection that has proved itself stays, and one that is older than all others has no other go', async () => {
  const { gate, add } = readTogether();
  const proved = add(500, true);
  await proved.send(5_000);
  const unproven = Array.from({ length: 99 }, (_, index) => add(1_000 + index));
  for (const { send } of unproven) {
    await send(5_000);
  }
  const late = add(900);
  await late.send(5_000);
  expect(await late.ended).toBe('unverified_overload');
  expect(gate.unverifiedBytes).toBe(500_000);
  await add(2_000).send(5_000);
  expect(await unproven[0]?.ended).toBe('unverified_overload');
  proved.end();
  expect(await proved.ended).toBe('whole');
});

test('a large body has no small one go', async () => {
  const { add } = readTogether();
  const small = Array.from({ length: 60 }, (_, index) => add(1_000 + index));
  for (const { send } of small) {
    await send(5_000);
  }
  const large = add(2_000);
  await large.send(60_000);
  expect(await large.ended).toBe('unverified_overload');
  small[0]?.end();
  expect(await small[0]?.ended).toBe('whole');
});
