import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { readPublicOrigin } from '../../src/http/public-origin.ts';

function originOf(headers: IncomingMessage['headers'], encrypted = false): string | undefined {
  const request = new IncomingMessage(Object.assign(new Socket(), encrypted && { encrypted }));
  return readPublicOrigin(Object.assign(request, { headers }));
}

test('takes the host of the request and the scheme of the connection', () => {
  expect(originOf({ host: 'hooks.example.com:8080' })).toBe('http://hooks.example.com:8080');
  expect(originOf({ host: '[2001:db8::1]' }, true)).toBe('https://[2001:db8::1]');
});

test('prefers what the outermost proxy says', () => {
  expect(
    originOf({
      host: 'pod',
      'x-forwarded-host': 'hooks.example.com, inner',
      'x-forwarded-proto': 'https, http',
    }),
  ).toBe('https://hooks.example.com');
});

test.each(['a b', '"><script>', 'user@host', 'host/path', 'host:123456', '[::1', ''])(
  'takes no host from %j',
  (text) => {
    expect(originOf({ host: text })).toBeUndefined();
    expect(originOf({ host: 'pod', 'x-forwarded-host': text })).toBe('http://pod');
  },
);

test('takes no other scheme', () => {
  expect(originOf({ host: 'pod', 'x-forwarded-proto': 'javascript' })).toBe('http://pod');
});
