import {
  closeBrace,
  closeBracket,
  comma,
  endOfString,
  openBrace,
  openBracket,
  quote,
  skipWhiteSpace,
  trimJson,
} from './json-bytes.ts';

/** The bytes of one JSON value, and what parsing them may cost. */
export interface JsonSlice {
  /** A view into the text, without the white space around the value. */
  readonly bytes: Buffer;
  /** Upper bound for how deep arrays and objects are nested. */
  readonly depth: number;
  /** Opening brackets and commas: an upper bound for the values inside. */
  readonly parts: number;
  /** No number inside has a sign, a fraction or an exponent, so JSON.parse gives each safe integer as it is written. */
  readonly numbersArePlain: boolean;
}

/** Parsing a text up to this length takes less time than scanning it. Its length bounds depth and parts well enough. */
const unscannedBytes = 2_000;

const point = 0x2e;
const minus = 0x2d;
const lowerE = 0x65;
const digitZero = 0x30;
const digitNine = 0x39;

/** The one value of a text; `undefined` when it is not JSON. Only a parser can tell whether the slice itself is JSON. */
export function sliceOne(text: Buffer, start = 0): JsonSlice | undefined {
  if (text.length <= unscannedBytes) {
    const bytes = trimJson(text, start, text.length);
    return { bytes, depth: bytes.length / 2, parts: bytes.length, numbersArePlain: false };
  }
  const { slices, end } = sliceValues(text, start, 1) ?? {};
  return slices?.length === 1 && end === text.length ? slices[0] : undefined;
}

/**
 * The elements of an array. This finds boundaries only: the text is JSON if each slice is.
 *
 * @param start index of the opening bracket
 * @returns `undefined` when the text is not JSON; more than `maxSlices` slices when it stopped before the end
 */
export function sliceArray(text: Buffer, start: number, maxSlices: number): readonly JsonSlice[] | undefined {
  const { slices, end } = sliceValues(text, start + 1, maxSlices) ?? {};
  if (slices === undefined || end === undefined || slices.length > maxSlices) {
    return slices;
  }
  const isClosed = text[end] === closeBracket && skipWhiteSpace(text, end + 1, text.length) === text.length;
  return isClosed ? slices : undefined;
}

/** The values between commas, up to the bracket that closes their list or to the end of the text. */
function sliceValues(
  text: Buffer,
  start: number,
  maxSlices: number,
): { readonly slices: readonly JsonSlice[]; readonly end: number } | undefined {
  const { length } = text;
  const slices: JsonSlice[] = [];
  let first = start;
  let open = 0;
  let depth = 0;
  let parts = 0;
  let numbersArePlain = true;
  let at = start;
  for (; at < length; at += 1) {
    const byte = text[at] as number;
    if (byte === quote) {
      at = endOfString(text, at);
    } else if (byte === comma) {
      if (open > 0) {
        parts += 1;
        continue;
      }
      const bytes = trimJson(text, first, at);
      slices.push({ bytes, depth, parts, numbersArePlain });
      if (bytes.length === 0 || slices.length > maxSlices) {
        return bytes.length === 0 ? undefined : { slices, end: at };
      }
      first = at + 1;
      depth = 0;
      parts = 0;
      numbersArePlain = true;
    } else if (byte === openBrace || byte === openBracket) {
      open += 1;
      parts += 1;
      depth = Math.max(depth, open);
    } else if (byte === closeBrace || byte === closeBracket) {
      if (open === 0) {
        break;
      }
      open -= 1;
    } else if (isPartOfOddNumber(text, at, byte)) {
      numbersArePlain = false;
    }
  }
  if (open > 0 || at > length) {
    return undefined;
  }
  const bytes = trimJson(text, first, at);
  if (bytes.length > 0) {
    slices.push({ bytes, depth, parts, numbersArePlain });
  } else if (slices.length > 0) {
    return undefined;
  }
  return { slices, end: at };
}

/** Outside of strings, `.` and `-` occur only in numbers, and so does an `e` after a digit. */
function isPartOfOddNumber(text: Buffer, at: number, byte: number): boolean {
  if (byte === point || byte === minus) {
    return true;
  }
  const before = (byte | 0x20) === lowerE ? (text[at - 1] as number) : 0;
  return before >= digitZero && before <= digitNine;
}
