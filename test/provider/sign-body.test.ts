import { expect, test } from 'vitest';
import { signBody } from '../../src/provider/sign-body.ts';

test('is HMAC-SHA1 over bytes, keyed with UTF-8, in lower-case hex (RFC 2202, case 2)', () => {
  expect(signBody(Buffer.from('what do ya want for nothing?'), 'Jefe')).toBe(
    'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  );
});
