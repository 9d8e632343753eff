import { expect, test } from 'vitest';
import {
  findAnswerFailure,
  toConnectionFailure,
} from '../../../../src/tools/provider/canary/canary-failure.ts';

const causeOf = (status: number, text: string) => findAnswerFailure({ status, text }, 700)?.cause;

test.each([
  ['{"accepted":1,"deadLettered":0}', undefined],
  ['{"accepted":0,"deadLettered":1}', 'receiver'],
])("a receiver's 200 with %s is %s", (text, cause) => {
  expect(causeOf(200, text)).toBe(cause);
});

test.each([
  '',
  '<html>',
  'null',
  '[1]',
  '"accepted"',
  '{"accepted":"1"}',
  '{"accepted":null}',
  '{"ok":true}',
])('a 200 with %j is not from a receiver: nothing was stored', (text) => {
  expect(causeOf(200, text)).toBe('route');
});

test.each([
  [401, 'bad_signature', 'secret'],
  [401, 'no_signature', 'secret'],
  [413, 'too_large', 'receiver'],
  [503, 'sink_unavailable', 'receiver'],
  [200, 'bad_signature', 'secret'],
])('%i %s is from the receiver: %s', (status, error, cause) => {
  expect(findAnswerFailure({ status, text: JSON.stringify({ error }) }, 700)).toMatchObject({
    cause,
    text: expect.stringContaining(`${status} ${error}`),
  });
});

test.each([
  [301, '', 'route'],
  [302, '{"accepted":1}', 'route'],
  [401, '', 'route'],
  [404, 'Not Found', 'route'],
  [404, '{"error":"Not Found"}', 'route'],
  [413, '<html>', 'body_limit'],
  [413, '{"error":413}', 'body_limit'],
  [500, '', 'proxy'],
  [502, '{"error":"Bad Gateway"}', 'proxy'],
  [504, '', 'proxy'],
])('%i with %j is not from a receiver: %s', (status, text, cause) => {
  expect(causeOf(status, text)).toBe(cause);
});

test('a limit of bodies and a proxy that gave up are named with the length of the body', () => {
  for (const status of [413, 502]) {
    expect(findAnswerFailure({ status, text: '' }, 10_485_760)?.text).toContain('10485760 bytes');
  }
});

/** As `fetch` throws it and `postWebhook` passes it on. */
function toError(code: string): Error {
  const root = Object.assign(new Error('of the socket'), { code });
  return new Error('No answer from https://a/', { cause: new TypeError('fetch failed', { cause: root }) });
}

test.each([
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['CERT_HAS_EXPIRED', 'certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate'],
  ['ECONNREFUSED', 'connection'],
  ['ECONNRESET', 'connection'],
])('without an answer, %s means %s', (code, cause) => {
  expect(toConnectionFailure(toError(code))).toEqual({ cause, text: 'No answer from https://a/' });
});

test('a time that is over is a timeout, unless the chain names another cause', () => {
  const late = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  expect(toConnectionFailure(new Error('No answer', { cause: late })).cause).toBe('timeout');
  const named = Object.assign(new Error('No answer', { cause: late }), { code: 'ENOTFOUND' });
  expect(toConnectionFailure(named).cause).toBe('dns');
});

test.each([
  ['text', 'text'],
  [undefined, 'undefined'],
  [Object.assign(new Error('odd'), { code: 7 }), 'odd'],
])('what is no error of the network is a connection that failed: %s', (error, text) => {
  expect(toConnectionFailure(error)).toEqual({ cause: 'connection', text });
});
