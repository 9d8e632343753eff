import { isUtf8 } from 'node:buffer';
import type { JsonSlice } from './json-slices.ts';

/** An element that is a JSON object. */
export interface EventSlice {
  /** The element's own bytes, a view into the body. */
  readonly bytes: Buffer;
  readonly event: Readonly<Record<string, unknown>>;
  /** As in `JsonSlice`. */
  readonly numbersArePlain: boolean;
  /** The text of `bytes`, when the element was parsed alone. */
  readonly text?: string;
}

/** Why an element is no event. */
export type ElementReason = 'not_json' | 'not_object' | 'not_utf8' | 'too_deep' | 'too_many_values';

/** The default of Jackson, a common JSON library of consumers: few of them could read what is deeper. */
export const maxDepth = 1_000;

/** Opening brackets and commas of one element. The provider's events have about thirty. */
export const maxElementParts = 10_000;

/** Why an element would cost too much to parse. It may not even be JSON. */
export function findExcess({ depth, parts }: JsonSlice): 'too_deep' | 'too_many_values' | undefined {
  if (depth > maxDepth) {
    return 'too_deep';
  }
  return parts > maxElementParts ? 'too_many_values' : undefined;
}

/** What is known of the encoding of an element's bytes. */
export type KnownEncoding = 'utf8' | 'unchecked';

export function readElement(
  slice: JsonSlice,
  encoding: KnownEncoding = 'unchecked',
): EventSlice | ElementReason {
  const excess = findExcess(slice);
  if (excess !== undefined) {
    return excess;
  }
  const text = slice.bytes.toString('utf8');
  return toEventSlice(slice, parseJson(text), encoding, text);
}

/** @param value what `parseJson` made of the slice */
export function toEventSlice(
  { bytes, numbersArePlain }: JsonSlice,
  value: unknown,
  encoding: KnownEncoding,
  text?: string,
): EventSlice | ElementReason {
  if (value === undefined) {
    return 'not_json';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'not_object';
  }
  // Decoding has put U+FFFD in place of such bytes: no JSON reader would give back what was sent.
  if (encoding === 'unchecked' && !isUtf8(bytes)) {
    return 'not_utf8';
  }
  const event = value as Record<string, unknown>;
  return text === undefined ? { bytes, event, numbersArePlain } : { bytes, event, numbersArePlain, text };
}

/** @returns `undefined` when the text is not JSON; no JSON text has that value */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
