import type { EventFields, EventSlice } from './event-fields.ts';
import {
  byteAt,
  closeBracket,
  comma,
  contentStart,
  noToken,
  openBracket,
  skipWhiteSpace,
} from './json-bytes.ts';
import { ElementReader, type ElementReason } from './read-element.ts';
import type { VerifiedBody } from './verified-body.ts';

/** Reason why verified bytes cannot be stored as an event. */
export type UnusableReason = ElementReason | 'too_many_events' | 'no_key' | 'unexpected_error';

/** A part of a body that becomes a dead letter. */
export interface UnusableSlice {
  readonly bytes: Buffer;
  readonly reason: UnusableReason;
  /** Index of the element in the array. Absent if the bytes are the whole body. */
  readonly batchIndex?: number;
  /** The error that occurred. Present for the reason `unexpected_error`, which indicates a defect of this program. */
  readonly error?: unknown;
}

export interface SplitResult<T> {
  readonly events: readonly T[];
  /** For each item of `events`, its index in the body's array. */
  readonly batchIndexes: readonly number[];
  readonly unusable: readonly UnusableSlice[];
  /** Number of elements in the array, or 1 for an unbatched event and for any body that is kept as a whole. */
  readonly batchSize: number;
}

/**
 * Maximum number of events in a body. A body with more events becomes one dead letter. The provider sends at most 500.
 */
export const maxEventsPerBody = 10_000;

/** Maximum number of opening brackets and commas in all elements of a body. */
export const maxBodyTokens = 250_000;

type EventConverter<T> = (slice: EventSlice) => T | undefined;

/**
 * Splits a body into events, each with its slice of the original bytes, and converts each event. Never throws, because
 * any element that is not an event is returned as unusable.
 *
 * @param convert returns `undefined` for an event without a key; if it throws, only that event becomes unusable
 */
export function splitEvents<T>(
  body: VerifiedBody,
  fields: EventFields,
  convert: EventConverter<T>,
): SplitResult<T> {
  const start = contentStart(body);
  const reader = new ElementReader(body, fields);
  const splitResult = new ElementCollector(reader, convert);
  const reason =
    byteAt(body, start) === openBracket
      ? splitArray(start, reader, splitResult)
      : splitSingleEvent(start, reader, splitResult);
  return reason === undefined
    ? splitResult
    : { events: [], batchIndexes: [], unusable: [{ bytes: body, reason }], batchSize: 1 };
}

/** @returns the reason why the body is kept as a whole, or `undefined` if it is split */
function splitSingleEvent<T>(
  start: number,
  reader: ElementReader,
  split: ElementCollector<T>,
): UnusableReason | undefined {
  const reason = reader.readOnly(start);
  if (reason === undefined) {
    split.add(undefined);
  }
  return reason;
}

/**
 * @param start index of the opening bracket
 * @returns the reason why the body is kept as a whole, or `undefined` if it is split. A body that is not JSON is kept
 * as a whole, because the boundaries of its elements would be guesses.
 */
function splitArray<T>(
  start: number,
  reader: ElementReader,
  split: ElementCollector<T>,
): UnusableReason | undefined {
  const { text } = reader;
  let parts = 0;
  let isJson = true;
  let at = skipWhiteSpace(text, start + 1);
  if (byteAt(text, at) !== closeBracket) {
    at = start;
    do {
      const reason = reader.read(at + 1);
      if (reader.end === noToken) {
        return 'not_json';
      }
      if (split.batchSize === maxEventsPerBody) {
        return 'too_many_events';
      }
      isJson &&= reason !== 'not_json';
      parts += reader.parts;
      split.add(reason);
      at = reader.next;
    } while (byteAt(text, at) === comma);
  }
  if (byteAt(text, at) !== closeBracket || skipWhiteSpace(text, at + 1) < text.length) {
    return 'not_json';
  }
  if (parts > maxBodyTokens) {
    return 'too_many_values';
  }
  return isJson ? undefined : 'not_json';
}

class ElementCollector<T> implements SplitResult<T> {
  events: T[] = [];
  batchIndexes: number[] = [];
  readonly unusable: UnusableSlice[] = [];
  batchSize = 0;
  readonly #reader: ElementReader;
  readonly #convert: EventConverter<T>;

  constructor(reader: ElementReader, convert: EventConverter<T>) {
    this.#reader = reader;
    this.#convert = convert;
  }

  /** Adds the last element that was read. */
  add(reason: ElementReason | undefined): void {
    const { text, fields } = this.#reader;
    const bytes = this.#reader.slice();
    const batchIndex = this.batchSize;
    this.batchSize += 1;
    try {
      const event = reason === undefined ? this.#convert({ bytes, text, fields }) : undefined;
      if (event === undefined) {
        this.unusable.push({ bytes, reason: reason ?? 'no_key', batchIndex });
      } else if (this.events.length === 0) {
        // Most bodies contain one event, so the list is created with this event. Pushing to an empty array would
        // reserve space for sixteen more events.
        this.events = [event];
        this.batchIndexes = [batchIndex];
      } else {
        this.events.push(event);
        this.batchIndexes.push(batchIndex);
      }
    } catch (error) {
      this.unusable.push({ bytes, reason: 'unexpected_error', batchIndex, error });
    }
  }
}
