/**
 * The bytes that structure JSON are ASCII, and no byte of a longer UTF-8 sequence is. So the structure is found without
 * decoding the text.
 */
export const quote = 0x22;
export const comma = 0x2c;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
const backslash = 0x5c;

/** Space, tab, line feed, carriage return: the only white space of JSON (RFC 8259, section 2). */
function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Index of the first byte from `at` on that is not white space, at most `end`. */
export function skipWhiteSpace(bytes: Buffer, at: number, end: number): number {
  let index = at;
  while (index < end && isWhiteSpace(bytes[index])) {
    index += 1;
  }
  return index;
}

/** The bytes from `start` to before `end`, without the white space around them. */
export function trimJson(bytes: Buffer, start: number, end: number): Buffer {
  const first = skipWhiteSpace(bytes, start, end);
  let last = end;
  while (last > first && isWhiteSpace(bytes[last - 1])) {
    last -= 1;
  }
  return bytes.subarray(first, last);
}

/** Index of the quote that ends the string with its first quote at `start`; `bytes.length` or more without one. */
export function endOfString(bytes: Buffer, start: number): number {
  const { length } = bytes;
  let at = start + 1;
  while (at < length) {
    const byte = bytes[at];
    if (byte === quote) {
      return at;
    }
    at += byte === backslash ? 2 : 1;
  }
  return at;
}
