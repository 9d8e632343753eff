import { describe, expect, test } from 'vitest';
import {
  ProviderApiError,
  retryWithFreshState,
  toProviderApiError,
} from '../../../../src/tools/provider/api/provider-api-error.ts';

describe('to provider api error', () => {
  const config = { baseUrl: 'https://a.example', region: 'r1', username: 'u', password: 'planted' } as const;
  const call = { what: 'GET /x', config, text: 'bad  planted\nvalue', right: 'webhooks' } as const;
  const toError = (status: number, headers = {}, isKnown = false) =>
    toProviderApiError(new Response(null, { status, headers }), { ...call, isKnown });

  test.each([
    [401, 'unauthorized', 'Check COMAPI_API_USERNAME'],
    [403, 'wrong_region', 'not in region r1'],
    [404, 'not_found', 'at https://a.example'],
    [409, 'rejected', 'saying "bad *** value"'],
    [412, 'conflict', 'Run the command again'],
    [429, 'rate_limited', 'Wait a minute'],
    [500, 'provider_failed', 'saying "bad *** value"'],
    [400, 'rejected', 'Correct the settings'],
    [302, 'unexpected_answer', 'has the status 302'],
  ])('%i is %s', (status, code, text) => {
    const error = toError(status);
    expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
    expect(error.message).toContain('GET /x');
    expect(error.message).not.toContain('planted');
  });

  test('404 on a registration means that it is gone', () => {
    expect(toError(404, {}, true).code).toBe('gone');
  });

  test('says how long the provider wants to be left alone', () => {
    expect(toError(429, { 'retry-after': '300' }).message).toContain('Wait 300 s before the next call');
  });

  test.each([
    [429, '7', 7_000],
    [500, '7', 7_000],
    [503, 'Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    [400, '7', undefined],
  ])('%i with Retry-After: %s waits %s ms', (status, header, retryAfterMs) => {
    expect(toError(status, { 'retry-after': header }).retryAfterMs).toBe(retryAfterMs);
  });
});

describe('retry api call', () => {
  async function run(...failures: readonly Error[]) {
    const left = [...failures];
    const delays: number[] = [];
    const notices: string[] = [];
    const work = async () => {
      const failure = left.shift();
      if (failure !== undefined) {
        throw failure;
      }
      return 'done';
    };
    const outcome = await retryWithFreshState(work, {
      delay: async (delayMs) => void delays.push(delayMs),
      onWarning: (text) => notices.push(text),
    }).catch((error: unknown) => error);
    return { outcome, delays, notices: notices.length };
  }

  const busy = new ProviderApiError('provider_failed', 'Busy.');

  test('a temporary failure is retried later, each time after twice as long', async () => {
    expect(await run(busy, busy, busy)).toEqual({
      outcome: 'done',
      delays: [1_000, 2_000, 4_000],
      notices: 3,
    });
  });

  test('the provider may say when', async () => {
    const limited = (retryAfterMs: number) => new ProviderApiError('rate_limited', 'Slow.', { retryAfterMs });
    expect(await run(limited(60_000))).toMatchObject({ outcome: 'done', delays: [60_000] });
    const tooLong = limited(61_000);
    expect(await run(tooLong)).toEqual({ outcome: tooLong, delays: [], notices: 0 });
  });

  test('a changed state is read again at once', async () => {
    const conflict = new ProviderApiError('conflict', 'Changed.');
    expect(await run(conflict, conflict)).toEqual({ outcome: 'done', delays: [], notices: 2 });
  });

  test.each([
    ['what is no failure of the API', [new Error('a defect')]],
    ['a refusal', [new ProviderApiError('unauthorized', 'No.')]],
    ['the fifth failure', [busy, busy, busy, busy, new ProviderApiError('unreachable', 'Gone.')]],
  ])('%s ends it', async (_what, failures) => {
    expect((await run(...failures)).outcome).toBe(failures.at(-1));
  });
});
