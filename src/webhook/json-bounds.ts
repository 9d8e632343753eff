import {
  backslash,
  closeBrace,
  closeBracket,
  comma,
  isWhiteSpace,
  openBrace,
  openBracket,
  quote,
} from './json-bytes.ts';

/** What can be said of a value that need not be JSON. */
export interface JsonBounds {
  /** Index after its last byte that is not white space. */
  readonly end: number;
  /** Index of the comma or bracket behind it; the length of the text without one. */
  readonly next: number;
  /** How deep its arrays and objects are nested. */
  readonly depth: number;
  /** Its opening brackets and commas. */
  readonly parts: number;
}

/**
 * Finds the bounds of a value by quotes, brackets and commas alone: an element beyond the limits is
 * not read, and becomes a dead letter alone (docs/decisions/002-original-bytes.md).
 *
 * @param start index of its first byte
 * @returns `undefined` when there is no value, or no end of it
 */
export function findBounds(text: Buffer, start: number): JsonBounds | undefined {
  const { length } = text;
  let open = 0;
  let depth = 0;
  let parts = 0;
  let at = start;
  for (; at < length; at += 1) {
    const byte = text[at];
    if (byte === quote) {
      at = lastOfString(text, at + 1);
    } else if (byte === comma) {
      if (open === 0) {
        break;
      }
      parts += 1;
    } else if (byte === openBrace || byte === openBracket) {
      open += 1;
      parts += 1;
      depth = Math.max(depth, open);
    } else if (byte === closeBrace || byte === closeBracket) {
      if (open === 0) {
        break;
      }
      open -= 1;
    }
  }
  const end = trimEnd(text, start, at);
  return open > 0 || at > length || end === start ? undefined : { end, next: at, depth, parts };
}

/** Index of the quote that ends a string; at least the length of the text without one. */
function lastOfString(text: Buffer, start: number): number {
  const { length } = text;
  let at = start;
  while (at < length && text[at] !== quote) {
    at += text[at] === backslash ? 2 : 1;
  }
  return at;
}

function trimEnd(text: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && isWhiteSpace(text[at - 1])) {
    at -= 1;
  }
  return at;
}
