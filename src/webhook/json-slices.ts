const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Space, tab, line feed, carriage return: the only white space of JSON (RFC 8259, section 2). */
function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The bytes of one JSON text without the white space around it. */
export function trimJson(bytes: Buffer): Buffer {
  let start = 0;
  let end = bytes.length;
  while (start < end && isWhiteSpace(bytes[start])) {
    start += 1;
  }
  while (end > start && isWhiteSpace(bytes[end - 1])) {
    end -= 1;
  }
  return bytes.subarray(start, end);
}

/**
 * The bytes of each element of a JSON array, views into `array`, without the white space around them.
 *
 * @param array text that JSON.parse has accepted as an array: this looks for boundaries and checks nothing. All bytes
 *   that matter are ASCII, and no byte of a longer UTF-8 sequence is, so the text needs no decoding.
 */
export function sliceArrayElements(array: Buffer): Buffer[] {
  const slices: Buffer[] = [];
  const end = array.lastIndexOf(closeBracket);
  let depth = 0;
  let elementStart = array.indexOf(openBracket) + 1;
  for (let at = elementStart; at < end; at += 1) {
    const byte = array[at];
    if (byte === quote) {
      at = endOfString(array, at);
    } else if (byte === openBrace || byte === openBracket) {
      depth += 1;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
    } else if (byte === comma && depth === 0) {
      slices.push(trimJson(array.subarray(elementStart, at)));
      elementStart = at + 1;
    }
  }
  const last = trimJson(array.subarray(elementStart, end));
  if (last.length > 0) {
    slices.push(last);
  }
  return slices;
}

/** Index of the quote that ends the string which begins at `start`. */
function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (bytes[at] !== quote) {
    at += bytes[at] === backslash ? 2 : 1;
  }
  return at;
}
