/**
 * The structural characters of JSON. They are ASCII, which never occurs within a longer UTF-8 sequence.
 * Therefore, the structure can be found without decoding the text, and each event keeps its original bytes
 * (docs/decisions/002-original-bytes.md).
 */
export const space = 0x20;
export const quotationMark = 0x22;
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
  const hasByteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return skipWhiteSpace(bytes, hasByteOrderMark ? 3 : 0);
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

/**
 * Returned instead of an index if there is no valid token. The functions below return the index after a string, number
 * or word of JSON (RFC 8259). They are used to scan a body once (docs/decisions/002-original-bytes.md).
 */
export const noToken = -1;

const plus = 0x2b;
const minus = 0x2d;
const decimalPoint = 0x2e;
const lowerA = 0x61;
const lowerE = 0x65;
const lowerF = 0x66;
const lowerN = 0x6e;
const lowerT = 0x74;
const lowerU = 0x75;
/** The bit in which lower-case and upper-case ASCII letters differ. */
const lowerCase = 0x20;
const maxAsciiByte = 0x7f;

/** Table in which printable ASCII characters that do not need an escape in a string have the value 1. */
const isPlainByte = Uint8Array.from({ length: 256 }, (_unused, byte) =>
  byte >= space && byte < maxAsciiByte && byte !== quotationMark && byte !== backslash ? 1 : 0,
);

/**
 * Returns the index of the first byte from `at` on that is not a printable ASCII character without an escape. Few bytes
 * of a body are such exceptions, so each iteration checks four bytes.
 */
export function skipPlainBytes(bytes: Buffer, at: number): number {
  const { length } = bytes;
  let index = at;
  while (index + 4 <= length) {
    if (isPlainByte[bytes[index] as number] === 0) {
      return index;
    }
    if (isPlainByte[bytes[index + 1] as number] === 0) {
      return index + 1;
    }
    if (isPlainByte[bytes[index + 2] as number] === 0) {
      return index + 2;
    }
    if (isPlainByte[bytes[index + 3] as number] === 0) {
      return index + 3;
    }
    index += 4;
  }
  while (index < length && isPlainByte[bytes[index] as number] === 1) {
    index += 1;
  }
  return index;
}

/**
 * Returns the index after the closing quote of a JSON string (RFC 8259, section 7). The bytes of the string need not be
 * valid UTF-8.
 *
 * @param start the index of any byte in the string that is not part of an escape
 */
export function endOfString(bytes: Buffer, start: number): number {
  const { length } = bytes;
  let at = start;
  while (at < length) {
    const byte = bytes[at] as number;
    if (byte === quotationMark) {
      return at + 1;
    }
    if (byte < space) {
      return noToken;
    }
    at = byte === backslash ? endOfEscape(bytes, at + 1) : at + 1;
    if (at === noToken) {
      return noToken;
    }
  }
  return noToken;
}

/** Table in which the second characters of two-character escapes, such as the `n` of `\n`, have the value 1. */
const isEscape = Uint8Array.from({ length: 256 }, (_unused, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

function endOfEscape(bytes: Buffer, at: number): number {
  const letter = byteAt(bytes, at);
  if (isEscape[letter] === 1) {
    return at + 1;
  }
  const isUnicodeEscape =
    letter === lowerU &&
    isHexDigit(byteAt(bytes, at + 1)) &&
    isHexDigit(byteAt(bytes, at + 2)) &&
    isHexDigit(byteAt(bytes, at + 3)) &&
    isHexDigit(byteAt(bytes, at + 4));
  return isUnicodeEscape ? at + 5 : noToken;
}

function isHexDigit(byte: number): boolean {
  const letter = byte | lowerCase;
  return isDigit(byte) || (letter >= lowerA && letter <= lowerF);
}

export function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    if ((bytes[at] as number) > maxAsciiByte) {
      return false;
    }
  }
  return true;
}

/** Returns the index after a number, `true`, `false` or `null`. */
export function endOfNumberOrWord(bytes: Buffer, start: number): number {
  switch (byteAt(bytes, start)) {
    case lowerT:
      return endOfWord(bytes, start, 'true');
    case lowerF:
      return endOfWord(bytes, start, 'false');
    case lowerN:
      return endOfWord(bytes, start, 'null');
    default:
      return endOfNumber(bytes, start);
  }
}

function endOfWord(bytes: Buffer, start: number, word: string): number {
  for (let index = 0; index < word.length; index += 1) {
    if (byteAt(bytes, start + index) !== word.charCodeAt(index)) {
      return noToken;
    }
  }
  return start + word.length;
}

/**
 * Returns the index after a number (RFC 8259, section 6). A number has no leading zeros, and has digits on both sides
 * of its decimal point.
 */
function endOfNumber(bytes: Buffer, start: number): number {
  const firstDigitIndex = byteAt(bytes, start) === minus ? start + 1 : start;
  let at =
    byteAt(bytes, firstDigitIndex) === digitZero ? firstDigitIndex + 1 : endOfDigits(bytes, firstDigitIndex);
  if (at !== noToken && byteAt(bytes, at) === decimalPoint) {
    at = endOfDigits(bytes, at + 1);
  }
  if (at !== noToken && (byteAt(bytes, at) | lowerCase) === lowerE) {
    const sign = byteAt(bytes, at + 1);
    at = endOfDigits(bytes, sign === plus || sign === minus ? at + 2 : at + 1);
  }
  return at;
}

/** Returns the index after at least one digit. */
function endOfDigits(bytes: Buffer, start: number): number {
  let at = start;
  while (isDigit(byteAt(bytes, at))) {
    at += 1;
  }
  return at === start ? noToken : at;
}
