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

/** The bytes of one JSON value and what it may cost to parse them. */
export interface JsonSlice {
  /** A view, without the white space around it. */
  readonly bytes: Buffer;
  /** At most so many arrays and objects stand open at once. */
  readonly depth: number;
  /** Opening brackets and commas: at least as many as there are values inside. */
  readonly parts: number;
  /** Known to hold no number with a sign, a fraction or an exponent: whole numbers stand as JSON.parse gives them. */
  readonly numbersArePlain: boolean;
}

/** So short a text is parsed in less time than it takes to look into it: its length bounds what it can hold. */
const unscannedBytes = 2_000;

const point = 0x2e;
const minus = 0x2d;
const lowerE = 0x65;
const digitZero = 0x30;
const digitNine = 0x39;

/** The one value of a text; `undefined` when it is not JSON. That the slice is JSON is for a parser to say. */
export function sliceOne(text: Buffer, start = 0): JsonSlice | undefined {
  if (text.length <= unscannedBytes) {
    const bytes = trimJson(text, start, text.length);
    return { bytes, depth: bytes.length / 2, parts: bytes.length, numbersArePlain: false };
  }
  const { slices, end } = sliceValues(text, start, 1) ?? {};
  return slices?.length === 1 && end === text.length ? slices[0] : undefined;
}

/**
 * The elements of an array. This looks for boundaries only: where each slice is JSON, so is the whole.
 *
 * @param start index of its opening bracket
 * @returns `undefined` when the text is not JSON; with more than `maxSlices` elements the rest is not looked at
 */
export function sliceArray(text: Buffer, start: number, maxSlices: number): readonly JsonSlice[] | undefined {
  const { slices, end } = sliceValues(text, start + 1, maxSlices) ?? {};
  if (slices === undefined || end === undefined || slices.length > maxSlices) {
    return slices;
  }
  const isClosed = text[end] === closeBracket && skipWhiteSpace(text, end + 1, text.length) === text.length;
  return isClosed ? slices : undefined;
}

/** Values between commas up to the bracket that closes their list, or to the text's end. */
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
    } else if (isOddNumberByte(text, at, byte)) {
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

/** Outside of strings `.` and `-` stand in numbers only, and so does an `e` behind a digit. */
function isOddNumberByte(text: Buffer, at: number, byte: number): boolean {
  if (byte === point || byte === minus) {
    return true;
  }
  const before = (byte | 0x20) === lowerE ? (text[at - 1] as number) : 0;
  return before >= digitZero && before <= digitNine;
}
