import { isUtf8 } from 'node:buffer';
import type { EventFields, EventSlice } from './event-fields.ts';
import {
  backslash,
  closeBrace,
  closeBracket,
  comma,
  isWhiteSpace,
  openBrace,
  openBracket,
  quote,
  skipWhiteSpace,
} from './json-bytes.ts';
import { maxDepth, maxElementParts } from './json-scan.ts';
import { noToken } from './json-tokens.ts';

/** Why an element is no event. */
export type ElementReason = 'not_json' | 'not_object' | 'not_utf8' | 'too_deep' | 'too_many_values';

/** Reads the elements of one text in turn. */
export class ElementReader {
  readonly text: Buffer;
  readonly fields: EventFields;
  /** Index of the last element. */
  start = 0;
  /** Index after it; `noToken` when it has no end. */
  end = 0;
  /** Index of the comma or bracket behind it; the length of the text without one. */
  next = 0;
  /** Its opening brackets and commas; 0 when it is beyond the limits of an element. */
  parts = 0;
  #textIsUtf8: boolean | undefined;

  constructor(text: Buffer, fields: EventFields) {
    this.text = text;
    this.fields = fields;
  }

  /** @returns `undefined` for an event, which is any object */
  read(from: number): ElementReason | undefined {
    const { text } = this;
    const { scan } = this.fields;
    const start = skipWhiteSpace(text, from);
    const end = scan.read(text, start);
    if (end === noToken) {
      return this.#readOther(start);
    }
    const next = skipWhiteSpace(text, end);
    if (next !== text.length && text[next] !== comma && text[next] !== closeBracket) {
      return this.#readOther(start);
    }
    this.start = start;
    this.end = end;
    this.next = next;
    this.parts = scan.parts;
    if (text[start] !== openBrace) {
      return 'not_object';
    }
    return scan.isAscii || this.#isUtf8() ? undefined : 'not_utf8';
  }

  /** The element is all that the text has from an index on. */
  readOnly(from: number): ElementReason | undefined {
    const reason = this.read(from);
    return this.next === this.text.length ? reason : 'not_json';
  }

  /** The bytes of the last element. */
  slice(): Buffer {
    const { text, start, end } = this;
    return end - start === text.length ? text : text.subarray(start, end);
  }

  /** What is not JSON, or beyond the limits. */
  #readOther(start: number): ElementReason {
    const bounds = findBounds(this.text, start);
    const excess = bounds && findExcess(bounds);
    this.start = start;
    this.end = bounds?.end ?? noToken;
    this.next = bounds?.next ?? noToken;
    this.parts = excess === undefined ? (bounds?.parts ?? 0) : 0;
    return excess ?? 'not_json';
  }

  /** No JSON reader would give back other bytes as they were sent. */
  #isUtf8(): boolean {
    this.#textIsUtf8 ??= isUtf8(this.text);
    return this.#textIsUtf8 || isUtf8(this.slice());
  }
}

function findExcess({ depth, parts }: JsonBounds): 'too_deep' | 'too_many_values' | undefined {
  if (depth > maxDepth) {
    return 'too_deep';
  }
  return parts > maxElementParts ? 'too_many_values' : undefined;
}

/** Reads a text that is one event. */
export function readElement(text: Buffer, fields: EventFields): EventSlice | ElementReason {
  const reader = new ElementReader(text, fields);
  return reader.readOnly(0) ?? { bytes: reader.slice(), text, fields };
}

/** What can be said of a value that need not be JSON. */
interface JsonBounds {
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
