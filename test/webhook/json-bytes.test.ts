import { expect, test } from 'vitest';
import {
  byteAt,
  endOfNumberOrWord,
  endOfString,
  noToken,
  skipPlainBytes,
  skipWhiteSpace,
} from '../../src/webhook/json-bytes.ts';

test.each([
  [' \t\r\n1', 4],
  ['1', 0],
  ['   ', 3],
  ['\u00a01', 0],
  ['\u000b1', 0],
  ['', 0],
])('skips the white space of JSON in %j', (text, index) => {
  expect(skipWhiteSpace(Buffer.from(text), 0)).toBe(index);
});

test('there is no byte of JSON after the last one', () => {
  const bytes = Buffer.from('{}{}').subarray(0, 2);
  expect([byteAt(bytes, 1), byteAt(bytes, 2), byteAt(bytes, 3)]).toEqual([0x7d, 0, 0]);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Yields every text of up to `length` of these characters. */
function* textsOf(characters: readonly string[], length: number): Generator<string> {
  yield '';
  if (length > 0) {
    for (const rest of textsOf(characters, length - 1)) {
      for (const character of characters) {
        yield character + rest;
      }
    }
  }
}

test('numbers are those of JSON.parse', () => {
  for (const text of textsOf(['-', '+', '0', '7', '.', 'e', 'E'], 6)) {
    const isNumber = endOfNumberOrWord(Buffer.from(text), 0) === text.length;
    expect([text, isNumber]).toEqual([text, isJson(text)]);
  }
});

test.each(['true', 'false', 'null'])('%s is a word, and no part of it is', (word) => {
  expect(endOfNumberOrWord(Buffer.from(`[${word}x`), 1)).toBe(word.length + 1);
  for (let length = 0; length < word.length; length += 1) {
    expect(endOfNumberOrWord(Buffer.from(word.slice(0, length)), 0)).toBe(noToken);
    expect(endOfNumberOrWord(Buffer.from(`${word.slice(0, length)}X${word.slice(length + 1)}`), 0)).toBe(
      noToken,
    );
  }
});

const everyCharacter = Array.from({ length: 0x180 }, (_unused, code) => String.fromCharCode(code));

test('strings may have the characters and escapes that JSON.parse takes', () => {
  for (const character of everyCharacter) {
    for (const text of [character, `\\${character}`, `\\u00${character}0`, `\\u123${character}`]) {
      const json = `"${text}"`;
      const isString = endOfString(Buffer.from(json), 1) === Buffer.byteLength(json);
      expect([text, isString]).toEqual([text, isJson(json)]);
    }
  }
});

test.each(['abc', 'abc\\"', 'a\\', 'a\\u12', ''])('the string "%s does not end', (text) => {
  expect(endOfString(Buffer.from(`"${text}`), 1)).toBe(noToken);
});

test('a byte of any value in a string needs no UTF-8', () => {
  for (let byte = 0x80; byte <= 0xff; byte += 1) {
    expect(endOfString(Buffer.from([0x22, byte, 0x22]), 1)).toBe(3);
  }
});

test('plain are printable characters of ASCII that JSON does not escape, wherever they stand', () => {
  for (const character of everyCharacter.slice(0, 0x100)) {
    const isPlain = character >= ' ' && character < '\u007f' && character !== '"' && character !== '\\';
    for (const before of ['', 'a', 'ab', 'abc', 'abcd']) {
      for (const after of ['', 'xyz']) {
        const bytes = Buffer.from(before + character + after, 'latin1');
        expect(skipPlainBytes(bytes, 0)).toBe(isPlain ? bytes.length : before.length);
      }
    }
  }
});
