import type { HeaderFailureCause } from './signature-cause.ts';

export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha512';

/** A signature header in any known format. */
export interface ParsedSignature {
  readonly algorithm: HmacAlgorithm;
  readonly digest: Buffer;
  /** Difference from the provider's format of 40 hexadecimal digits. `undefined` if the header has this format. */
  readonly cause: HeaderFailureCause | undefined;
}

/**
 * Maximum length of a header to parse. It suffices for two SHA-512 signatures in hexadecimal digits with prefixes,
 * which is longer than any known format.
 */
const maxHeaderLength = 300;

const algorithmByHexLength: ReadonlyMap<number, HmacAlgorithm> = new Map([
  [20, 'sha1'],
  [32, 'sha256'],
  [64, 'sha512'],
]);

/** Parses the header in any known format. Returns `undefined` if the format is unknown. */
export function parseSignatureHeader(header: string): ParsedSignature | undefined {
  if (header.length > maxHeaderLength) {
    return undefined;
  }
  // node:http joins headers with the same name with a comma.
  const [first = '', ...others] = header.split(',');
  const [, prefix, text = ''] = /^(sha(?:1|256|512)[=:])?([\w+/=-]+)$/i.exec(first.trim()) ?? [];
  const isHex = /^(?:[0-9a-f]{2})+$/i.test(text) && algorithmByHexLength.has(text.length / 2);
  const digest = Buffer.from(text, isHex ? 'hex' : 'base64');
  const algorithm = algorithmByHexLength.get(digest.length);
  if (algorithm === undefined || !(isHex || isBase64(text, digest))) {
    return undefined;
  }
  const differences: [HeaderFailureCause, boolean][] = [
    ['header_repeated', others.length > 0],
    ['header_sha256', algorithm === 'sha256'],
    ['header_sha512', algorithm === 'sha512'],
    ['header_prefixed', prefix !== undefined],
    ['header_base64', !isHex],
  ];
  return { algorithm, digest, cause: differences.find(([, isThere]) => isThere)?.[0] };
}

/** Checks the whole text before decoding, because `Buffer.from` ignores invalid characters. */
function isBase64(text: string, bytes: Buffer): boolean {
  return [bytes.toString('base64'), bytes.toString('base64url')].includes(text);
}

/** Classifies a header that is not 40 hexadecimal digits. */
export function findHeaderCause(header: string): HeaderFailureCause {
  return parseSignatureHeader(header)?.cause ?? 'malformed';
}
