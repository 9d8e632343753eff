/**
 * The structural characters of JSON. These characters are ASCII, which never occurs within a longer UTF-8 sequence.
 * Therefore, the structure can be found without decoding the text, and each event keeps its original bytes
 * (docs/decisions/002-original-bytes.md).
 */
export const space = 0x20;
export const quote = 0x22;
export const comma = 0x2c;
export const colon = 0x3a;
export const openBracket = 0x5b;
export const backslash = 0x5c;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;

const digitZero = 0x30;
const digitNine = 0x39;

/** Space, tab, line feed, carriage return: the only white space of JSON (RFC 8259, section 2). */
export function isWhiteSpace(byte: number | undefined): boolean {
  return byte === space || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

export function isDigit(byte: number): boolean {
  return byte >= digitZero && byte <= digitNine;
}

/**
 * Returns the byte at an index. After the end, returns 0, which never occurs in JSON. V8 reads bytes faster in code
 * that never reads out of bounds.
 */
export function byteAt(bytes: Buffer, at: number): number {
  return at < bytes.length ? (bytes[at] as number) : 0;
}

/** Returns the index of the first byte after a byte order mark and white space. */
export function contentStart(bytes: Buffer): number {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return skipWhiteSpace(bytes, hasMark ? 3 : 0);
}

/**
 * Returns the index of the first byte from `at` on that is not white space, or the length if all these bytes are white
 * space.
 */
export function skipWhiteSpace(bytes: Buffer, at: number): number {
  let index = at;
  while (isWhiteSpace(byteAt(bytes, index))) {
    index += 1;
  }
  return index;
}
