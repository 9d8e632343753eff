import { isUtf8 } from 'node:buffer';
import type { EventFields, EventSlice } from './event-fields.ts';
import {
  backslash,
  closeBrace,
  closeBracket,
  comma,
  isWhiteSpace,
  noToken,
  openBrace,
  openBracket,
  quotationMark,
  skipWhiteSpace,
} from './json-bytes.ts';
import { maxDepth, maxElementTokens } from './json-scan.ts';

export type ElementReason = 'not_json' | 'not_object' | 'not_utf8' | 'too_deep' | 'too_many_values';

/** Reads the elements of one text one after another. */
export class ElementReader {
  readonly text: Buffer;
  readonly fields: EventFields;
  /** Start index of the element that was read last. */
  start = 0;
  /** Index after the last element, or `noToken` if it has no end. */
  end = 0;
  /** Index of the comma or bracket after the last element, or the length of the text. */
  next = 0;
  /** Number of opening brackets and commas in the last element, or 0 if it exceeds the limits. */
  parts = 0;
  #textIsUtf8: boolean | undefined;

  constructor(text: Buffer, fields: EventFields) {
    this.text = text;
    this.fields = fields;
  }

  /** @returns `undefined` if the element is an event (any object), otherwise the reason why it is not an event */
  read(from: number): ElementReason | undefined {
    const { text } = this;
    const { scan } = this.fields;
    const start = skipWhiteSpace(text, from);
    const end = scan.read(text, start);
    if (end === noToken) {
      return this.#readOther(start);
    }
    const nextIndex = skipWhiteSpace(text, end);
    if (nextIndex !== text.length && text[nextIndex] !== comma && text[nextIndex] !== closeBracket) {
      return this.#readOther(start);
    }
    this.start = start;
    this.end = end;
    this.next = nextIndex;
    this.parts = scan.parts;
    if (text[start] !== openBrace) {
      return 'not_object';
    }
    return scan.isAscii || this.#isUtf8() ? undefined : 'not_utf8';
  }

  /** Reads an element that must be the rest of the text. */
  readOnly(from: number): ElementReason | undefined {
    const reason = this.read(from);
    return this.next === this.text.length ? reason : 'not_json';
  }

  slice(): Buffer {
    const { text, start, end } = this;
    return end - start === text.length ? text : text.subarray(start, end);
  }

  /** Finds the bounds of an element that is not JSON or exceeds the limits. */
  #readOther(start: number): ElementReason {
    const bounds = findBounds(this.text, start);
    const exceededLimit = bounds && findExceededLimit(bounds);
    this.start = start;
    this.end = bounds?.end ?? noToken;
    this.next = bounds?.next ?? noToken;
    this.parts = exceededLimit === undefined ? (bounds?.parts ?? 0) : 0;
    return exceededLimit ?? 'not_json';
  }

  /** Whether the last element is valid UTF-8. JSON parsers would replace invalid bytes. */
  #isUtf8(): boolean {
    this.#textIsUtf8 ??= isUtf8(this.text);
    return this.#textIsUtf8 || isUtf8(this.slice());
  }
}

function findExceededLimit({ depth, parts }: JsonBounds): 'too_deep' | 'too_many_values' | undefined {
  if (depth > maxDepth) {
    return 'too_deep';
  }
  return parts > maxElementTokens ? 'too_many_values' : undefined;
}

/** Reads a text that consists of one event. */
export function readElement(text: Buffer, fields: EventFields): EventSlice | ElementReason {
  const reader = new ElementReader(text, fields);
  return reader.readOnly(0) ?? { bytes: reader.slice(), text, fields };
}

/** The bounds of a value that need not be valid JSON. */
interface JsonBounds {
  /** Index after the last byte that is not white space. */
  readonly end: number;
  /** Index of the comma or bracket after the value, or the length of the text. */
  readonly next: number;
  /** Maximum nesting depth of arrays and objects within the value. */
  readonly depth: number;
  /** Number of opening brackets and commas within the value. */
  readonly parts: number;
}

/**
 * Finds the bounds of a value by quotes, brackets and commas only. An element that exceeds the limits is not parsed and
 * becomes a dead letter, without affecting the other elements (docs/decisions/002-original-bytes.md).
 *
 * @param start index of the value's first byte
 * @returns `undefined` if the value is missing or has no end
 */
export function findBounds(text: Buffer, start: number): JsonBounds | undefined {
  const { length } = text;
  let openBrackets = 0;
  let depth = 0;
  let parts = 0;
  let at = start;
  for (; at < length; at += 1) {
    const byte = text[at];
    if (byte === quotationMark) {
      at = findStringEnd(text, at + 1);
    } else if (byte === comma) {
      if (openBrackets === 0) {
        break;
      }
      parts += 1;
    } else if (byte === openBrace || byte === openBracket) {
      openBrackets += 1;
      parts += 1;
      depth = Math.max(depth, openBrackets);
    } else if (byte === closeBrace || byte === closeBracket) {
      if (openBrackets === 0) {
        break;
      }
      openBrackets -= 1;
    }
  }
  const end = trimEnd(text, start, at);
  return openBrackets > 0 || at > length || end === start ? undefined : { end, next: at, depth, parts };
}

/**
 * Returns the index of the closing quote of a string. Without a closing quote, returns at least the length of the
 * text.
 */
function findStringEnd(text: Buffer, start: number): number {
  const { length } = text;
  let at = start;
  while (at < length && text[at] !== quotationMark) {
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
