import { expect, test } from 'vitest';
import { toWebhookApiError } from '../../../src/provider/registration/to-webhook-api-error.ts';

const config = { baseUrl: 'https://a.example', region: 'r1', username: 'u', password: 'planted' } as const;
const call = { what: 'GET /x', config, text: 'bad  planted\nvalue' };
const toError = (status: number, headers = {}, id?: string) =>
  toWebhookApiError(new Response(null, { status, headers }), { ...call, id });

test.each([
  [401, 'unauthorized', 'check COMAPI_API_USERNAME'],
  [403, 'wrong_region', 'not in region r1'],
  [404, 'not_found', 'at https://a.example'],
  [409, 'rejected', 'saying "bad *** value"'],
  [412, 'conflict', 'run again'],
  [429, 'rate_limited', 'wait a minute'],
  [500, 'provider_failed', 'saying "bad *** value"'],
  [302, 'unexpected_answer', 'has the status 302'],
])('%i is %s', (status, code, text) => {
  const error = toError(status);
  expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
  expect(error.message).toContain('GET /x');
  expect(error.message).not.toContain('planted');
});

test('404 on a registration means that it is gone', () => {
  expect(toError(404, {}, '1').code).toBe('gone');
});

test.each([
  [429, '7', 7_000],
  [503, '7', 7_000],
  [503, 'Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  [400, '7', undefined],
])('%i with Retry-After: %s waits %s ms', (status, header, retryAfterMs) => {
  expect(toError(status, { 'retry-after': header }).retryAfterMs).toBe(retryAfterMs);
});
