import { isUtf8 } from 'node:buffer';
import { openBracket, skipWhiteSpace } from './json-bytes.ts';
import { type JsonSlice, sliceArray, sliceOne } from './json-slices.ts';
import {
  type ElementReason,
  type EventSlice,
  findExcess,
  parseJson,
  readElement,
  toEventSlice,
} from './read-element.ts';
import type { VerifiedBody } from './verified-body.ts';

/** Why bytes with a good signature hold no event that can be stored as one. */
export type UnusableReason = ElementReason | 'too_many_events' | 'no_key' | 'unexpected_error';

/** Bytes that become a dead letter. */
export interface UnusableSlice {
  readonly bytes: Buffer;
  readonly reason: UnusableReason;
  /** `undefined` when the bytes are the whole body. */
  readonly batchIndex?: number;
  /** With the reason `unexpected_error`: what was thrown. It is a fault in this program. */
  readonly error?: unknown;
}

export interface SplitBody<T> {
  /** One for each usable event. */
  readonly events: readonly T[];
  /** Position in the body's array of each of `events`. */
  readonly batchIndexes: readonly number[];
  readonly unusable: readonly UnusableSlice[];
  /** Elements of the array; 1 for a single event or a body that cannot be split. */
  readonly batchSize: number;
}

/** The provider sends at most 500. A body with more events than this is kept whole, as one dead letter. */
export const maxEventsPerBody = 10_000;

/** Opening brackets and commas of all elements that are parsed. It bounds the time for one body. */
export const maxBodyParts = 250_000;

/**
 * An array with up to this many parts is parsed at once, which is quicker. In a larger one the elements are parsed one by
 * one, so that each can be collected before the next. The provider's batches of 500 have some 15,000 parts.
 */
const maxJointParts = 50_000;

type ConvertEvent<T> = (slice: EventSlice) => T | undefined;

/**
 * Splits a body into its events, each with its own slice of the original bytes, and converts each event. Never throws:
 * whatever is not an event is returned as unusable.
 *
 * @param convert returns `undefined` for an event without a key; what it throws makes that event alone unusable
 */
export function splitEvents<T>(body: VerifiedBody, convert: ConvertEvent<T>): SplitBody<T> {
  const start = skipWhiteSpace(body, startsWithByteOrderMark(body) ? 3 : 0, body.length);
  const isArray = body[start] === openBracket;
  const slices = isArray ? sliceArray(body, start, maxEventsPerBody) : toList(sliceOne(body, start));
  if (slices === undefined) {
    return wholeBody(body, 'not_json');
  }
  if (slices.length > maxEventsPerBody) {
    return wholeBody(body, 'too_many_events');
  }
  const parts = countParts(slices);
  if (parts > maxBodyParts) {
    return wholeBody(body, 'too_many_values');
  }
  // An element that costs too much must not be parsed with the others either.
  const isJoint =
    isArray && parts <= maxJointParts && slices.every((slice) => findExcess(slice) === undefined);
  if (!isJoint) {
    return convertElements({ body, isArray, slices, convert });
  }
  const values = parseJson(body.toString('utf8', start));
  return Array.isArray(values)
    ? convertElements({ body, isArray, slices, values, convert })
    : wholeBody(body, 'not_json');
}

function startsWithByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function toList<T>(value: T | undefined): readonly T[] | undefined {
  return value && [value];
}

function wholeBody(bytes: Buffer, reason: UnusableReason): SplitBody<never> {
  return { events: [], batchIndexes: [], unusable: [{ bytes, reason }], batchSize: 1 };
}

/** Parts of the elements that will be parsed. */
function countParts(slices: readonly JsonSlice[]): number {
  let parts = 0;
  for (const slice of slices) {
    parts += findExcess(slice) === undefined ? slice.parts : 0;
  }
  return parts;
}

interface Elements<T> {
  readonly body: Buffer;
  readonly isArray: boolean;
  readonly slices: readonly JsonSlice[];
  /** The value of each slice, when they were parsed together. */
  readonly values?: readonly unknown[];
  readonly convert: ConvertEvent<T>;
}

function convertElements<T>({ body, isArray, slices, values, convert }: Elements<T>): SplitBody<T> {
  const events: T[] = [];
  const batchIndexes: number[] = [];
  const unusable: UnusableSlice[] = [];
  const encoding = isUtf8(body) ? 'utf8' : 'unchecked';
  let batchIndex = 0;
  for (const slice of slices) {
    const { bytes } = slice;
    try {
      const element =
        values === undefined
          ? readElement(slice, encoding)
          : toEventSlice(slice, values[batchIndex], encoding);
      if (element === 'not_json' || (typeof element === 'string' && !isArray)) {
        // In a body that is not JSON as a whole the boundaries of elements would be guesses.
        return wholeBody(body, element);
      }
      const event = typeof element === 'string' ? undefined : convert(element);
      if (event === undefined) {
        unusable.push({ bytes, reason: typeof element === 'string' ? element : 'no_key', batchIndex });
      } else {
        events.push(event);
        batchIndexes.push(batchIndex);
      }
    } catch (error) {
      unusable.push({ bytes, reason: 'unexpected_error', batchIndex, error });
    }
    batchIndex += 1;
  }
  return { events, batchIndexes, unusable, batchSize: slices.length };
}
