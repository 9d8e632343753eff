import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import {
  patchKafkajs,
  patchReauthentication,
  patchRequestQueue,
  verifyKafkajsVersion,
} from '../../../../../src/stores/kafka/cluster/kafkajs/patch-kafkajs.ts';

test('no other release is taken than the one that is installed', () => {
  expect(() => verifyKafkajsVersion()).not.toThrow();
  expect(() => verifyKafkajsVersion('2.2.5')).toThrow(
    'kafkajs 2.2.5 is installed, but this version is untested',
  );
});

describe("kafkajs's login, fixed", () => {
  beforeEach(() => {
    patchReauthentication();
    vi.useFakeTimers({ toFake: ['hrtime'] });
  });
  afterEach(() => void vi.useRealTimers());

  /** Returns whether a connection with this session lifetime still counts as authenticated at this age. */
  function isAuthenticated(sessionMs: string, ageMs: number): boolean {
    const connection = { authenticatedAt: process.hrtime(), sessionLifetime: sessionMs };
    vi.advanceTimersByTime(ageMs);
    return Connection.prototype.isAuthenticated.call(connection as never);
  }

  test.each([
    ['0', 1_000_000_000, true],
    ['3000', 2_540, true],
    ['3000', 2_550, false],
    ['3600000', 3_050_000, true],
    ['3600000', 3_070_000, false],
    // The broker accepts no second login within one second.
    ['500', 1_099, true],
    ['500', 1_100, false],
  ])('a session of %s ms counts after %d ms: %s', (sessionMs, ageMs, expected) => {
    expect(isAuthenticated(sessionMs, ageMs)).toBe(expected);
  });

  test('a connection that never logged in does not count', () => {
    const connection = { authenticatedAt: null, sessionLifetime: '0' };
    expect(Connection.prototype.isAuthenticated.call(connection as never)).toBe(false);
  });
});

test.each([
  ['of 256 MiB is waited for', 2 ** 28 - 4, 0, 1],
  ['of more ends the connection', 2 ** 28 - 3, 1, 1],
  ['that is there stays in no memory', 4, 0, 0],
])('an answer %s', (_what, size, ends, kept) => {
  patchKafkajs();
  const destroy = vi.fn();
  const answer = { chunks: [], bytesBuffered: 0, bytesNeeded: 4, socket: { destroy } };
  const connection = { ...answer, requestQueue: { fulfillRequest: vi.fn() }, authHandlers: null };
  const bytes = Buffer.alloc(size === 4 ? 8 : 4);
  bytes.writeInt32BE(size);
  Connection.prototype.processData.call(connection as never, bytes);
  expect([destroy.mock.calls.length, connection.chunks.length]).toEqual([ends, kept]);
});

interface Sent {
  readonly sent: number[];
  readonly queue: InstanceType<typeof RequestQueue>;
  push(correlationId: number): void;
  answer(correlationId: number): void;
}

function createRequestQueue(): Sent {
  const sent: number[] = [];
  const none = (): void => undefined;
  const queue = new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: 3000,
    enforceRequestTimeout: false,
    clientId: 'test',
    broker: 'b:1',
    logger: { debug: none, warn: none },
  });
  return {
    sent,
    queue,
    push(correlationId) {
      queue.push({
        entry: { apiKey: 0, apiName: 'Produce', apiVersion: 7, correlationId, resolve: none, reject: none },
        expectResponse: true,
        requestTimeout: null,
        sendRequest: () => sent.push(correlationId),
      });
    },
    answer: (correlationId) => queue.fulfillRequest({ correlationId, payload: Buffer.alloc(0), size: 0 }),
  };
}

describe("kafkajs's request queue, fixed", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    patchRequestQueue();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('has no timer when nothing waits', () => {
    const { push, answer } = createRequestQueue();
    push(1);
    answer(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends what waits for an answer when it comes', () => {
    const { sent, push, answer } = createRequestQueue();
    push(1);
    push(2);
    expect(sent).toEqual([1]);
    answer(1);
    expect(sent).toEqual([1, 2]);
  });

  it('holds nothing back when a broker names a pause while it logs in', () => {
    const { sent, queue, push } = createRequestQueue();
    queue.maybeThrottle(2 ** 31 - 1);
    push(1);
    expect(sent).toEqual([1]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
