import {
  closeBrace,
  closeBracket,
  comma,
  endOfString,
  openBrace,
  openBracket,
  quote,
  skipWhiteSpace,
} from './json-bytes.ts';
import type { PropertyPath } from './key-rules.ts';
import type { EventSlice } from './read-element.ts';

/**
 * The text of a number as it is written in the JSON, because JSON.parse rounds it. A reviver gets that text too, but it
 * takes more memory than the body and overflows the stack on a deep one.
 *
 * @param path a place where JSON.parse has found a number
 */
export function findNumberText({ bytes, text }: EventSlice, path: PropertyPath): string {
  return readOnlyNumber(text ?? bytes.toString('latin1'), path.at(-1) ?? '') ?? readNumberAt(bytes, path);
}

const word = /^\w+$/;

/**
 * The digits after a name that occurs once in the text: the usual case, and quick to find. When no letter is escaped
 * anywhere, the member's name is written as it is, so its one occurrence is the member.
 */
function readOnlyNumber(text: string, name: string): string | undefined {
  const nameWithQuote = `${name}"`;
  const at = text.lastIndexOf(nameWithQuote);
  if (at !== text.indexOf(nameWithQuote) || text.includes('\\u') || !word.test(name)) {
    return undefined;
  }
  const digitsAfterName = /:(\d+)[,}]/y;
  digitsAfterName.lastIndex = at + nameWithQuote.length;
  return digitsAfterName.exec(text)?.[1];
}

function readNumberAt(object: Buffer, path: PropertyPath): string {
  let at = 0;
  for (const name of path) {
    at = findMember(object, at, name);
  }
  return object.toString('latin1', at, endOfScalar(object, at));
}

/** Index of the value of the last member with that name: JSON.parse keeps the last one. */
function findMember(bytes: Buffer, objectStart: number, name: string): number {
  const { length } = bytes;
  let found = length;
  let at = skipWhiteSpace(bytes, objectStart + 1, length);
  while (at < length && bytes[at] !== closeBrace) {
    const nameEnd = endOfString(bytes, at) + 1;
    const colon = skipWhiteSpace(bytes, nameEnd, length);
    const valueStart = skipWhiteSpace(bytes, colon + 1, length);
    if (JSON.parse(bytes.toString('utf8', at, nameEnd)) === name) {
      found = valueStart;
    }
    at = skipWhiteSpace(bytes, endOfValue(bytes, valueStart), length);
    at = bytes[at] === comma ? skipWhiteSpace(bytes, at + 1, length) : at;
  }
  return found;
}

/** Index after a value. */
function endOfValue(bytes: Buffer, start: number): number {
  let open = 0;
  let at = start;
  do {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at) + 1;
    } else if (byte === openBrace || byte === openBracket) {
      open += 1;
      at += 1;
    } else if (byte === closeBrace || byte === closeBracket) {
      open -= 1;
      at += 1;
    } else {
      at = open === 0 ? endOfScalar(bytes, at) : at + 1;
    }
  } while (open > 0 && at < bytes.length);
  return at;
}

/** Index after a number, `true`, `false` or `null`. */
function endOfScalar(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && isScalarByte(bytes[at] as number)) {
    at += 1;
  }
  return at;
}

/** A scalar ends at white space, a comma or a closing bracket. */
function isScalarByte(byte: number): boolean {
  return byte > 0x20 && byte !== comma && byte !== closeBrace && byte !== closeBracket;
}
