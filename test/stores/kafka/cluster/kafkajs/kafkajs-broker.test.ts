import type Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { describe, expect, it } from 'vitest';
import { createRequestSender } from '../../../../../src/stores/kafka/cluster/kafkajs/kafkajs-broker.ts';
import type { WireWriter } from '../../../../../src/stores/kafka/wire/wire-writer.ts';

interface Written {
  readonly bytes: Buffer;
  /** Reports that the socket has written the bytes. */
  readonly done: () => void;
}

/** Uses kafkajs's own request queue with a socket that records the written bytes. */
function createConnection(state: { isAuthenticated?: boolean; isConnected?: boolean } = {}) {
  const written: Written[] = [];
  const none = (): void => undefined;
  const requestQueue = new RequestQueue({
    maxInFlightRequests: null,
    requestTimeout: 1000,
    enforceRequestTimeout: false,
    clientId: 'client',
    broker: 'b:1',
    logger: { debug: none, warn: none },
  });
  let correlationId = 0;
  const calls: string[] = [];
  const connection = {
    clientId: 'client',
    requestQueue,
    socket: { write: (bytes: Buffer, done: () => void) => written.push({ bytes, done }) },
    isAuthenticated: () => state.isAuthenticated ?? true,
    authenticate: async () => calls.push('authenticate'),
    failIfNotConnected() {
      if (state.isConnected === false) {
        throw new Error('Not connected');
      }
    },
    nextCorrelationId() {
      correlationId += 1;
      return correlationId;
    },
  } as unknown as Connection;
  return {
    connection,
    written,
    calls,
    answer: (to: number, payload = Buffer.alloc(0)) =>
      requestQueue.fulfillRequest({ correlationId: to, payload, size: 0 }),
  };
}

const toRequest = (text: string) => ({
  apiKey: 3,
  apiVersion: 10,
  apiName: 'Metadata',
  write: (writer: WireWriter) => writer.raw(Buffer.from(text)),
});

describe('createRequestSender', () => {
  it('writes the length, the header and the body in one piece', async () => {
    const { connection, written, answer } = createConnection();
    const sent = createRequestSender()(connection, toRequest('body'));
    expect(written.map(({ bytes }) => bytes.toString('latin1'))).toEqual([
      '\0\0\0\x14\0\x03\0\x0a\0\0\0\x01\0\x06clientbody',
    ]);
    answer(1, Buffer.from('answer'));
    expect((await sent).toString()).toBe('answer');
  });

  const headerBytes = 20;

  it.each([
    // Smaller buffers come from Node's shared pool.
    ['writes the next request where the last one was, once the socket is done with it', 2 ** 21, true],
    ['does not keep the room of an unusually large request', 2 ** 21 + 1, false],
  ])('%s', (_what, length, isKept) => {
    const { connection, written } = createConnection();
    const send = createRequestSender();
    void send(connection, toRequest('x'.repeat(length - headerBytes)));
    written[0]?.done();
    void send(connection, toRequest('other'));
    void send(connection, toRequest('third'));
    expect(written[1]?.bytes.buffer === written[0]?.bytes.buffer).toBe(isKept);
    const texts = written.slice(1).map(({ bytes }) => bytes.toString('latin1').slice(-5));
    expect(texts).toEqual(['other', 'third']);
  });

  it('logs in first when the session has ended', async () => {
    const { connection, written, calls } = createConnection({ isAuthenticated: false });
    void createRequestSender()(connection, toRequest('body'));
    expect(written).toEqual([]);
    await Promise.resolve();
    expect(calls).toEqual(['authenticate']);
    expect(written).toHaveLength(1);
  });

  it('rejects when the connection has ended, and when it ends before the answer', async () => {
    const ended = createConnection({ isConnected: false });
    await expect(createRequestSender()(ended.connection, toRequest('body'))).rejects.toThrow('Not connected');
    expect(ended.written).toEqual([]);
    const ending = createConnection();
    const sent = createRequestSender()(ending.connection, toRequest('body'));
    ending.connection.requestQueue.rejectAll(new Error('gone'));
    await expect(sent).rejects.toThrow('gone');
  });
});
