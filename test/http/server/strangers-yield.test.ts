import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test, vi } from 'vitest';
import { delivery } from '../../support/http-text.ts';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { startTestReceiver, temporaryDirectory } from '../../support/test-receiver.ts';
import { waitUntil } from '../../support/wait-until.ts';

const places = 8;

/** Starts a receiver with memory for eight connections. */
async function start({ withTls = false, sink = createMemorySink() } = {}) {
  const bytes = (withTls ? 96 : 24) * 1024;
  const memory = vi.spyOn(process, 'constrainedMemory').mockReturnValue(places * bytes * 5);
  const certificates = withTls ? await createTestCertificates(temporaryDirectory()) : undefined;
  const receiver = await startTestReceiver({
    sink,
    ...(certificates && {
      env: { TLS_CERT_FILE: certificates.serverCertFile, TLS_KEY_FILE: certificates.serverKeyFile },
    }),
  });
  memory.mockRestore();
  const address = { host: '127.0.0.1', port: Number(new URL(receiver.url).port) };

  function keep(socket: Socket): Socket {
    onTestFinished(() => void socket.destroy());
    return socket.on('error', () => {}).resume();
  }

  /** Opens the connection of an unauthenticated client that has sent this text. */
  async function openStranger(text = ''): Promise<Socket> {
    const socket = keep(connect(address));
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  }

  /** Opens the connection of a sender, ready for a delivery. */
  async function openSender(): Promise<Socket> {
    const socket = keep(withTls ? connectTls({ ...address, rejectUnauthorized: false }) : connect(address));
    await once(socket, withTls ? 'secureConnect' : 'connect');
    return socket;
  }

  return { openStranger, openSender };
}

const signed = delivery('{"eventId":"e"}').join('');

/** Sends a delivery on the connection. @returns the status, or `undefined` if the connection was closed */
async function deliver(socket: Socket): Promise<string | undefined> {
  const answered = once(socket, 'data').then(([data]) => String(data).slice(9, 12));
  socket.write(signed);
  return Promise.race([answered, once(socket, 'close').then(() => undefined)]).catch(() => undefined);
}

const openBody = signed.slice(0, -1).replace(/Signature: ..../i, 'Signature: 0000');
const openHead = 'POST /webhook HTTP/1.1\r\nX: ';
const answered = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

test.each([
  ['say nothing', '', {}],
  ['do not end their headers', openHead, {}],
  ['keep back the last byte of a body', openBody, {}],
  ['have been answered', answered, {}],
  ['never begin TLS', '', { withTls: true }],
  ['stop in the middle of the first message of TLS', '\x16\x03\x01\x02\x00\x01', { withTls: true }],
])(
  'unauthenticated clients that %s go before senders, the oldest one first',
  async (_what, text, options) => {
    const { openStranger, openSender } = await start(options);
    const sender = await openSender();
    expect(await deliver(sender)).toBe('200');
    const unproven: Socket[] = [];
    while (unproven.length < 3 * places) {
      unproven.push(await openStranger(text));
    }
    const left = () => unproven.map(({ destroyed }) => !destroyed);
    await waitUntil(() => left().filter(Boolean).length === places - 1, {
      timeoutMs: 30_000,
      what: 'all that have no place are cut',
    });
    expect(left().lastIndexOf(false)).toBe(2 * places);
    const newcomer = await openSender();
    expect(await deliver(newcomer)).toBe('200');
    expect(await deliver(sender)).toBe('200');
  },
);

test('who sent a captured delivery and keeps back the end of a body goes before a newcomer', async () => {
  const { openSender } = await start();
  const holders: Socket[] = [];
  while (holders.length < places) {
    const holder = await openSender();
    expect(await deliver(holder)).toBe('200');
    holder.write(openBody);
    holders.push(holder);
  }
  expect(await deliver(await openSender())).toBe('200');
  await waitUntil(() => holders[0]?.destroyed === true, { timeoutMs: 30_000, what: 'the oldest one is cut' });
  expect(holders.filter(({ destroyed }) => destroyed)).toHaveLength(1);
});

test('a delivery that waits for the store has proved its connection', async () => {
  const stored = Promise.withResolvers<never[]>();
  const { openStranger, openSender } = await start({
    sink: { ...createMemorySink(), append: () => stored.promise },
  });
  const delivering = deliver(await openSender());
  const unproven: Socket[] = [];
  while (unproven.length < 2 * places) {
    unproven.push(await openStranger());
  }
  await waitUntil(() => unproven[places]?.destroyed === true, {
    timeoutMs: 30_000,
    what: 'unauthenticated clients are cut',
  });
  stored.resolve([]);
  expect(await delivering).toBe('200');
});
