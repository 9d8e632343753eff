import { describe, expect, test } from 'vitest';
import { createMessageApi } from '../../../../src/tools/provider/messages/message-api.ts';
import { provideProviderApi } from '../../../support/provide-provider-api.ts';

const hourMs = 3_600_000;
const noon = Date.UTC(2026, 10, 27, 12);

const provider = await provideProviderApi();

interface Options {
  readonly password?: string;
  /** Aborts all waits. */
  readonly over?: Promise<void>;
}

/** Creates a client of the provider's API whose waits only advance a fake clock. */
function createApi({ password = 'pass word', over }: Options = {}) {
  const waits: number[] = [];
  const notices: string[] = [];
  let passedMs = 0;
  const stop = new AbortController();
  const config = { baseUrl: provider.url, region: 'r1', username: 'apiuser', password } as const;
  const api = createMessageApi(config, {
    signal: stop.signal,
    onWarning: (text) => notices.push(text),
    clock: { now: () => passedMs, epochMs: () => noon },
    async delay(ms) {
      waits.push(ms);
      await over;
      passedMs += ms;
    },
  });
  return { api, waits, notices, stop };
}

const record = (messageId: string, name: string, atMs = noon, channel = 'sms') =>
  provider.ledger.record({ messageId, name, atMs, channel });

describe('the state of a message', () => {
  test('is what the provider says, with its answer as it came', async () => {
    record('a/b?', 'message.sent');
    record('a/b?', 'message.delivered', noon + 1_500);
    const state = await createApi().api.findMessage('a/b?');
    expect(state).toEqual({
      messageId: 'a/b?',
      status: 'delivered',
      updatedMs: noon + 1_500,
      json: '{"messageId":"a/b?","status":"delivered","_updatedOn":"2026-11-27T12:00:01.500Z"}',
    });
  });

  test('is undefined for a message that the provider does not know', async () => {
    expect(await createApi().api.findMessage('m-1')).toBeUndefined();
  });

  test.each([
    [{}, { status: undefined, updatedMs: undefined }],
    [
      { status: 'teleported', more: { is: 'kept' } },
      { status: 'teleported', updatedMs: undefined },
    ],
    [
      { status: null, _updatedOn: '2026-11-27T12:00:00' },
      { status: undefined, updatedMs: noon },
    ],
  ])('may have less and more than the description: %j', async (answer, expected) => {
    record('m-1', 'message.sent');
    provider.alter = () => answer;
    expect(await createApi().api.findMessage('m-1')).toEqual({
      messageId: 'm-1',
      ...expected,
      json: JSON.stringify(answer),
    });
  });

  test.each([
    [
      { messageId: 'm-2', status: 'read' },
      'The response to GET /cpaas/messages/m-1 is about another message.',
    ],
    [{ status: 7 }, '"status" is not text'],
    [{ status: 'read', _updatedOn: 'yesterday' }, '"_updatedOn" is not a number'],
    ['read', 'the document is not an object'],
  ])('is refused when the answer is wrong: %j', async (answer, text) => {
    record('m-1', 'message.sent');
    provider.alter = () => answer;
    await expect(createApi().api.findMessage('m-1')).rejects.toMatchObject({
      code: 'unexpected_answer',
      message: expect.stringContaining(text),
    });
  });
});

describe('counts by hour', () => {
  test('come from each channel, in order, and from whole hours alone', async () => {
    record('m-2', 'message.sent', noon + hourMs);
    record('m-1', 'message.sentRequest');
    record('m-1', 'message.sent', noon + 1);
    record('m-3', 'message.sent', noon + 2, 'email');
    record('m-4', 'message.sent', noon + 2 * hourMs);
    const counts = await createApi().api.countByHour(noon, noon + 2 * hourMs);
    const none = new Map();
    const nothing = { queued: none, delivered: none, read: none, undeliverable: none, expired: none };
    expect(counts).toEqual([
      {
        ...{ startMs: noon, attempted: 1, failed: 0, inbound: none, ...nothing },
        success: new Map([
          ['sms', 1],
          ['email', 1],
        ]),
      },
      {
        ...{ startMs: noon + hourMs, attempted: 0, failed: 0, inbound: none, ...nothing },
        success: new Map([['sms', 1]]),
      },
    ]);
  });

  test('of a long time are requested week by week', async () => {
    const days = 24 * hourMs;
    const times = [0, 6, 7, 20].map((day) => noon + day * days);
    for (const atMs of times) {
      record(`m-${atMs}`, 'message.sent', atMs);
    }
    const counts = await createApi().api.countByHour(noon, noon + 21 * days);
    expect(counts.map(({ startMs }) => startMs)).toEqual(times);
    const asked = provider.calls.map(({ path }) => new URLSearchParams(path.split('?')[1]));
    expect(asked.map((query) => [query.get('from'), query.get('to')])).toEqual(
      [0, 7, 14].map((day) => [day, day + 7].map((each) => new Date(noon + each * days).toISOString())),
    );
  });

  test('may be a map with more in it than numbers, and numbers as digits', async () => {
    record('m-1', 'message.sent');
    provider.alter = () => [
      {
        date: '2026-11-27T12:00:00',
        sent: 1,
        read: { sms: '7', push: 2, additionalProperties: {}, unit: 'm' },
      },
    ];
    const [counts] = await createApi().api.countByHour(noon, noon + hourMs);
    expect([...(counts?.read ?? [])]).toEqual([
      ['sms', 7],
      ['push', 2],
    ]);
  });

  test.each([
    [[{ dateUtc: '2026-11-27T12:00Z', read: { sms: -1 } }], '"sms" is not of the expected type'],
    [[{ dateUtc: '2026-11-27T12:00Z', read: { sms: 0.5 } }], '"sms" is not of the expected type'],
    [[{ dateUtc: '2026-11-27T12:00Z', attempted: 1e300 }], '"attempted" is not of the expected type'],
    [[{ read: {} }], 'entry 1 is not of the expected type'],
    [
      [{ dateUtc: '2026-11-27T13:00Z' }],
      'contains the time 2026-11-27T13:00:00.000Z, which was not requested',
    ],
    [
      [{ dateUtc: '2026-11-27T12:30Z' }],
      'contains the time 2026-11-27T12:30:00.000Z, which was not requested',
    ],
    [
      [{ dateUtc: '2026-11-27T12:00Z' }, { date: '2026-11-27T12:00Z' }],
      'contains the hour 2026-11-27T12:00:00.000Z twice',
    ],
    [{}, 'the document is not a list'],
  ])('are refused when the answer is wrong: %j', async (answer, text) => {
    provider.alter = () => answer;
    await expect(createApi().api.countByHour(noon, noon + hourMs)).rejects.toMatchObject({
      code: 'unexpected_answer',
      message: expect.stringContaining(text),
    });
  });
});

describe('a provider in trouble', () => {
  const limited = (seconds?: number) => ({
    method: 'GET',
    status: 429,
    ...(seconds !== undefined && { headers: { 'retry-after': String(seconds) } }),
  });

  test.each([
    [limited(7), 7_000, 'Wait 7 s before the next call. Retrying in 7 s.'],
    [limited(), 1_000, 'Wait a minute before the next call. Retrying in 1 s.'],
    [{ ...limited(7), status: 503 }, 7_000, 'Try again later. Retrying in 7 s.'],
  ])('is left alone for as long as it asks, by all calls: %j', async (trouble, waitMs, text) => {
    record('m-1', 'message.sent');
    record('m-2', 'message.sent');
    provider.troubles.push(trouble);
    const over = Promise.withResolvers<void>();
    const { api, waits, notices } = createApi({ over: over.promise });
    const first = api.findMessage('m-1');
    await expect.poll(() => waits).toEqual([waitMs]);
    const both = Promise.all([first, api.findMessage('m-2')]);
    expect(waits).toEqual([waitMs, waitMs]);
    over.resolve();
    expect((await both).map((state) => state?.status)).toEqual(['sent', 'sent']);
    expect(provider.calls).toHaveLength(3);
    expect(notices).toEqual([expect.stringContaining(text)]);
  });

  test('is asked again for a bounded time: later each time when it does not say when', async () => {
    provider.troubleOf = () => limited();
    const { api, waits } = createApi();
    await expect(api.findMessage('m-1')).rejects.toMatchObject({ code: 'rate_limited' });
    const minute = 60_000;
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, ...Array(8).fill(minute)]);
  });

  test('is not waited for when it wants more time than there is', async () => {
    provider.troubles.push(limited(600));
    const patient = createApi();
    await patient.api.findMessage('m-1');
    expect(patient.waits).toEqual([600_000]);
    provider.troubles.push(limited(601));
    const { api, waits } = createApi();
    await expect(api.findMessage('m-1')).rejects.toThrow('Wait 601 s before the next call');
    expect(waits).toEqual([]);
  });

  test.each([
    ['a status of its own', { method: 'GET', status: 503 }],
    ['an answer that is cut off', { method: 'GET', isCut: true }],
  ])('is asked again after %s, five times at most', async (_what, trouble) => {
    record('m-1', 'message.sent');
    provider.troubles.push(trouble, trouble);
    const { api, waits } = createApi();
    expect(await api.findMessage('m-1')).toMatchObject({ status: 'sent' });
    expect(waits).toEqual([1_000, 2_000]);
    provider.troubleOf = () => trouble;
    await expect(api.findMessage('m-1')).rejects.toThrow(
      /^(The provider failed to process|No response from)/,
    );
    expect(provider.calls).toHaveLength(3 + 5);
  });

  test('is not asked again after the stop', async () => {
    provider.troubleOf = () => ({ method: 'GET', delayMs: 5_000 });
    const { api, stop } = createApi();
    const found = api.findMessage('m-1');
    stop.abort(new Error('stopped'));
    await expect(found).rejects.toThrow('stopped');
  });

  test.each([
    [{ password: 'wrong' }, undefined, 'Check COMAPI_API_USERNAME and COMAPI_API_PASSWORD'],
    [{}, 403, 'not in region r1: set COMAPI_API_REGION to the region'],
  ])('%j, %j', async (options, status, text) => {
    provider.troubleOf = () => (status === undefined ? undefined : { method: 'GET', status });
    const { api, waits } = createApi(options);
    await expect(api.findMessage('m-1')).rejects.toThrow(text);
    await expect(api.countByHour(noon, noon + hourMs)).rejects.toThrow(text);
    expect(waits).toEqual([]);
  });

  test('404 on counts is an API space that does not exist', async () => {
    provider.troubleOf = () => ({ method: 'GET', status: 404 });
    await expect(createApi().api.countByHour(noon, noon + hourMs)).rejects.toThrow(
      'Check COMAPI_API_URL, and check that the API user has an API space',
    );
  });
});
