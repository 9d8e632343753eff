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

/** What goes to the dead-letter topic. */
export interface UnusableSlice {
  readonly bytes: Buffer;
  readonly reason: UnusableReason;
  /** `undefined` when the bytes are the whole body. */
  readonly batchIndex?: number;
  /** Of `unexpected_error`: a fault of this program, to be logged. */
  readonly error?: unknown;
}

export interface SplitBody<T> {
  /** What was made of each event. */
  readonly events: readonly T[];
  /** Position in the body's array of each of `events`. */
  readonly batchIndexes: readonly number[];
  readonly unusable: readonly UnusableSlice[];
  /** Elements of the array; 1 for a single event or a body that cannot be split. */
  readonly batchSize: number;
}

/** The provider sends at most 500. A body beyond this bound is kept whole rather than made into that many records. */
export const maxEventsPerBody = 10_000;

/** Opening brackets and commas of all elements that are parsed: bounds the time for one body. */
export const maxBodyParts = 250_000;

/**
 * An array with no more is parsed in one go, which is quicker; of a larger one, each element is garbage before the next is
 * parsed. The provider's batches of 500 have some 15,000.
 */
const maxJointParts = 50_000;

/**
 * Makes something of each event, from one slice of the original bytes. Never throws: what cannot be used is returned as
 * unusable.
 *
 * @param toUse returns `undefined` for an event that has no key; what it throws puts aside that event alone
 */
export function splitEvents<T>(
  body: VerifiedBody,
  toUse: (slice: EventSlice) => T | undefined,
): SplitBody<T> {
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
  // Nothing that is put aside unread may be parsed with the rest.
  const isJoint =
    isArray && parts <= maxJointParts && slices.every((slice) => findExcess(slice) === undefined);
  const values = isJoint ? parseJson(body.toString('utf8', start)) : [];
  return Array.isArray(values)
    ? useSlices(slices, isJoint ? values : undefined, { body, isArray, toUse })
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

/** Of what is parsed. */
function countParts(slices: readonly JsonSlice[]): number {
  let parts = 0;
  for (const slice of slices) {
    parts += findExcess(slice) === undefined ? slice.parts : 0;
  }
  return parts;
}

interface Use<T> {
  readonly body: Buffer;
  readonly isArray: boolean;
  readonly toUse: (slice: EventSlice) => T | undefined;
}

/** @param values what the slices were parsed to, if they were */
function useSlices<T>(
  slices: readonly JsonSlice[],
  values: readonly unknown[] | undefined,
  { body, isArray, toUse }: Use<T>,
): SplitBody<T> {
  const events: T[] = [];
  const batchIndexes: number[] = [];
  const unusable: UnusableSlice[] = [];
  const allUtf8 = isUtf8(body);
  let batchIndex = 0;
  for (const slice of slices) {
    const { bytes } = slice;
    try {
      const element =
        values === undefined ? readElement(slice, allUtf8) : toEventSlice(slice, values[batchIndex], allUtf8);
      if (element === 'not_json' || (typeof element === 'string' && !isArray)) {
        // A body that is not JSON as a whole is not split: its boundaries would be guesses.
        return wholeBody(body, element);
      }
      const used = typeof element === 'string' ? undefined : toUse(element);
      if (used === undefined) {
        unusable.push({ bytes, reason: typeof element === 'string' ? element : 'no_key', batchIndex });
      } else {
        events.push(used);
        batchIndexes.push(batchIndex);
      }
    } catch (error) {
      unusable.push({ bytes, reason: 'unexpected_error', batchIndex, error });
    }
    batchIndex += 1;
  }
  return { events, batchIndexes, unusable, batchSize: slices.length };
}
