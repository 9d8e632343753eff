import type { HeaderCause } from './signature-cause.ts';

export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha512';

/** A signature as a sender may have written it. */
export interface SignatureForm {
  readonly algorithm: HmacAlgorithm;
  readonly digest: Buffer;
  /** How it differs from the provider's form, in which it is 40 hexadecimal digits alone. */
  readonly cause: HeaderCause | undefined;
}

/** No form is longer: two of SHA-512 in hexadecimal digits, with prefixes. */
const maxHeaderLength = 300;

const algorithms: ReadonlyMap<number, HmacAlgorithm> = new Map([
  [20, 'sha1'],
  [32, 'sha256'],
  [64, 'sha512'],
]);

/** Reads the header in any form that is known of such signatures; `undefined` when it is in none. */
export function readSignatureForm(header: string): SignatureForm | undefined {
  if (header.length > maxHeaderLength) {
    return undefined;
  }
  // node:http joins headers of one name with a comma.
  const [first = '', ...others] = header.split(',');
  const [, prefix, text = ''] = /^(sha(?:1|256|512)[=:])?([\w+/=-]+)$/i.exec(first.trim()) ?? [];
  const isHex = /^(?:[0-9a-f]{2})+$/i.test(text) && algorithms.has(text.length / 2);
  const digest = Buffer.from(text, isHex ? 'hex' : 'base64');
  const algorithm = algorithms.get(digest.length);
  if (algorithm === undefined || !(isHex || isBase64(text, digest))) {
    return undefined;
  }
  const differences: [HeaderCause, boolean][] = [
    ['header_repeated', others.length > 0],
    ['header_sha256', algorithm === 'sha256'],
    ['header_sha512', algorithm === 'sha512'],
    ['header_prefixed', prefix !== undefined],
    ['header_base64', !isHex],
  ];
  return { algorithm, digest, cause: differences.find(([, isThere]) => isThere)?.[0] };
}

/** Judges the text as a whole: `Buffer.from` skips what it cannot read. */
function isBase64(text: string, bytes: Buffer): boolean {
  return [bytes.toString('base64'), bytes.toString('base64url')].includes(text);
}

/** What is wrong with a header that is not 40 hexadecimal digits. */
export function findHeaderCause(header: string): HeaderCause {
  return readSignatureForm(header)?.cause ?? 'malformed';
}
