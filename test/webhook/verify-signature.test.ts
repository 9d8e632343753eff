import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/webhook/refusal.ts';
import { requireSignature, SignatureCheck } from '../../src/webhook/verify-signature.ts';

interface Vectors {
  readonly secret: string;
  readonly vectors: readonly {
    readonly what: string;
    readonly bodyBase64: string;
    readonly signature: string;
  }[];
}

// OpenSSL computed these signatures, not this code.
const { secret, vectors } = JSON.parse(
  readFileSync(new URL('signature-vectors.json', import.meta.url), 'utf8'),
) as Vectors;

const current = { label: 'current', value: secret };
const previous = { label: 'previous', value: 'another secret of enough length' };
const unusable = { label: 'other', message: 'It cannot be read.' };

describe('SignatureCheck', () => {
  const signatureCheck = new SignatureCheck();

  test.each(vectors)('accepts the signature of $what', ({ bodyBase64, signature }) => {
    const body = Buffer.from(bodyBase64, 'base64');
    expect(signatureCheck.verify(body, signature, { secrets: [current], problems: [] })).toEqual({
      body,
      secret: 'current',
    });
  });

  test.each(vectors)('refuses $what when one bit of it differs', ({ bodyBase64, signature }) => {
    const body = Buffer.concat([Buffer.from(bodyBase64, 'base64'), Buffer.from(' ')]);
    body[body.length - 1] = 0x21;
    expect(codeOf(() => signatureCheck.verify(body, signature, { secrets: [current], problems: [] }))).toBe(
      'bad_signature',
    );
  });

  test.each(vectors)('takes upper-case digits of $what as the same bytes', ({ bodyBase64, signature }) => {
    const body = Buffer.from(bodyBase64, 'base64');
    const known = { secrets: [current], problems: [] };
    expect(signatureCheck.verify(body, signature.toUpperCase(), known).secret).toBe('current');
  });

  test('says which of several secrets verified the body', () => {
    const [{ bodyBase64, signature } = { bodyBase64: '', signature: '' }] = vectors;
    const body = Buffer.from(bodyBase64, 'base64');
    expect(
      signatureCheck.verify(body, signature, { secrets: [previous, current], problems: [] }).secret,
    ).toBe('current');
  });

  test.each([
    [{ secrets: [previous], problems: [] }, 'bad_signature'],
    [{ secrets: [previous], problems: [unusable] }, 'secret_unusable'],
    [{ secrets: [], problems: [unusable] }, 'secret_unusable'],
    [{ secrets: [], problems: [] }, 'secret_unusable'],
  ])('refuses a body that none of the secrets signed: %j', (known, code) => {
    const [{ bodyBase64, signature } = { bodyBase64: '', signature: '' }] = vectors;
    expect(codeOf(() => signatureCheck.verify(Buffer.from(bodyBase64, 'base64'), signature, known))).toBe(
      code,
    );
  });
});

describe('requireSignature', () => {
  const hex = 'f28a115c3ad4b31af27a82d5a89b0d54460f785a';

  test('takes digits in either case', () => {
    expect([hex, hex.toUpperCase()].map(requireSignature)).toEqual([hex, hex.toUpperCase()]);
  });

  test.each([undefined, ''])('refuses a missing header (%s) as no_signature', (header) => {
    expect(codeOf(() => requireSignature(header))).toBe('no_signature');
  });

  test.each([`sha1=${hex}`, hex.slice(1), `${hex}0`, `${hex.slice(1)}g`, 'kAEVw6', `${hex}\n`, ` ${hex}`])(
    'refuses "%s" as bad_signature',
    (header) => {
      expect(codeOf(() => requireSignature(header))).toBe('bad_signature');
    },
  );
});

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
  return 'accepted';
}
