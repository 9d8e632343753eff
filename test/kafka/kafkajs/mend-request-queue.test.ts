import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mendRequestQueue } from '../../../src/kafka/kafkajs/mend-request-queue.ts';

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

describe("kafkajs's request queue, mended", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    mendRequestQueue();
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

  it('sends what the broker throttled when the time is over', () => {
    const { sent, queue, push } = createRequestQueue();
    queue.maybeThrottle(5000);
    push(1);
    vi.advanceTimersByTime(4999);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(sent).toEqual([1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('pauses for no weeks, and not for less than nothing', () => {
    const { sent, queue, push } = createRequestQueue();
    queue.maybeThrottle(-(2 ** 31));
    expect(() => queue.maybeThrottle(2 ** 31 - 1)).toThrow('a pause of 2147483647 ms');
    push(1);
    expect(sent).toEqual([1]);
  });
});
