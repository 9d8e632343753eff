import type Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { describe, expect, it } from 'vitest';
import { createRequestSender } from '../../../../../src/stores/kafka/cluster/kafkajs/kafkajs-broker.ts';
import type { WireWriter } from '../../../../../src/stores/kafka/wire/wire-writer.ts';

interface Written {
  readonly bytes: Buffer;
  /** The socket is done with the bytes. */
  readonly done: () => void;
}

/** kafkajs's own queue of requests, on a socket that keeps what is written. */
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

  it('leaves the bytes alone that the socket is not done with', () => {
    const { connection, written } = createConnection();
    const send = createRequestSender();
    void send(connection, toRequest('first'));
    void send(connection, toRequest('other'));
    expect(written.map(({ bytes }) => bytes.toString('latin1').slice(-5))).toEqual(['first', 'other']);
  });

  it('writes the next request where the last one was, once the socket is done with it', () => {
    const { connection, written } = createConnection();
    const send = createRequestSender();
    void send(connection, toRequest('first'));
    written[0]?.done();
    void send(connection, toRequest('other'));
    expect(written[1]?.bytes.buffer).toBe(written[0]?.bytes.buffer);
    expect(written[1]?.bytes.toString('latin1').slice(-5)).toBe('other');
  });

  it('does not keep the room of an unusually large request', () => {
    const { connection, written } = createConnection();
    const send = createRequestSender();
    void send(connection, toRequest('x'.repeat(3_000_000)));
    written[0]?.done();
    void send(connection, toRequest('small'));
    expect(written[1]?.bytes.buffer).not.toBe(written[0]?.bytes.buffer);
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
