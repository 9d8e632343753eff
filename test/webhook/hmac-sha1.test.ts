import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { HmacSha1 } from '../../src/webhook/hmac-sha1.ts';

const digest = Buffer.alloc(20);

function check(key: string, body: Buffer): void {
  new HmacSha1(key).digestInto(digest, body);
  expect(digest.toString('hex')).toBe(createHmac('sha1', key).update(body).digest('hex'));
}

test('is the HMAC of OpenSSL for any key and body', () => {
  const key = fc.string({ unit: 'binary', maxLength: 200 });
  fc.assert(
    fc.property(key, fc.uint8Array({ maxLength: 300 }), (text, bytes) => check(text, Buffer.from(bytes))),
  );
});

test.each([63, 64, 65])('takes a key of %i bytes', (length) =>
  check('k'.repeat(length), Buffer.from('body')),
);

test.each([0, 1, 55, 56, 63, 64, 16_383, 16_384, 16_385, 10_000_000])('takes a body of %i bytes', (length) =>
  check('a secret of enough length', Buffer.alloc(length, 0xa5)),
);

test('one body leaves nothing for the next, be it longer or shorter', () => {
  const hmac = new HmacSha1('a secret of enough length');
  for (const length of [16_384, 3, 400_000, 830, 829, 0, 16_384]) {
    const body = Buffer.alloc(length, length);
    hmac.digestInto(digest, body);
    expect(digest).toEqual(createHmac('sha1', 'a secret of enough length').update(body).digest());
  }
});
