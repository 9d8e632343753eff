import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { findHeaderCause, parseSignatureHeader } from '../../../src/webhook/explain/signature-header.ts';

const sign = (algorithm: string) => createHmac(algorithm, 'a secret').update('{}').digest();
const hex = sign('sha1').toString('hex');

test.each([
  ['of the provider', hex, 'sha1', undefined],
  ['in upper case', hex.toUpperCase(), 'sha1', undefined],
  ['with a prefix', `sha1=${hex}`, 'sha1', 'header_prefixed'],
  ['with a prefix in upper case', `SHA1:${hex}`, 'sha1', 'header_prefixed'],
  ['in base64', sign('sha1').toString('base64'), 'sha1', 'header_base64'],
  ['in base64 for URLs', sign('sha1').toString('base64url'), 'sha1', 'header_base64'],
  ['of SHA-256', sign('sha256').toString('hex'), 'sha256', 'header_sha256'],
  ['of SHA-256 with a prefix', `sha256=${sign('sha256').toString('hex')}`, 'sha256', 'header_sha256'],
  ['of SHA-256 in base64', sign('sha256').toString('base64'), 'sha256', 'header_sha256'],
  ['of SHA-512', sign('sha512').toString('hex'), 'sha512', 'header_sha512'],
  ['of SHA-512 in base64', sign('sha512').toString('base64'), 'sha512', 'header_sha512'],
  ['that is there twice', `${hex}, ${hex}`, 'sha1', 'header_repeated'],
] as const)('reads a signature %s, and says how it differs', (_what, header, algorithm, cause) => {
  expect(parseSignatureHeader(header)).toEqual({ algorithm, digest: sign(algorithm), cause });
  expect(findHeaderCause(header)).toBe(cause ?? 'malformed');
});

test.each([
  ['nothing', ''],
  ['words', 'signature'],
  ['a digit too few', hex.slice(1)],
  ['a byte too many', `${hex}00`],
  ['no digit', `${hex.slice(1)}g`],
  ['digits of SHA-256, and no digits', '0'.repeat(64) + 'g'.repeat(64)],
  ['quotes', `"${hex}"`],
  ['another prefix', `md5=${hex}`],
  ['base64 with bits left over', `${sign('sha1').toString('base64').slice(0, -2)}B=`],
  ['commas', ',,,,'],
  ['a long text', `${hex},`.repeat(8)],
])('a header of %s is in no known form', (_what, header) => {
  expect(parseSignatureHeader(header)).toBeUndefined();
  expect(findHeaderCause(header)).toBe('malformed');
});
