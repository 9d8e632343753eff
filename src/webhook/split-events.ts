import type { EventFields, EventSlice } from './event-fields.ts';
import { byteAt, closeBracket, comma, contentStart, openBracket, skipWhiteSpace } from './json-bytes.ts';
import { noToken } from './json-tokens.ts';
import { ElementReader, type ElementReason } from './read-element.ts';
import type { VerifiedBody } from './verified-body.ts';

/** Why bytes with a good signature hold no event that can be stored as one. */
export type UnusableReason = ElementReason | 'too_many_events' | 'no_key' | 'unexpected_error';

/** Bytes that become a dead letter. */
export interface UnusableSlice {
  readonly bytes: Buffer;
  readonly reason: UnusableReason;
  /** `undefined` when the bytes are the whole body. */
  readonly batchIndex?: number;
  /** With the reason `unexpected_error`: what was thrown. This program failed on it. */
  readonly error?: unknown;
}

export interface SplitBody<T> {
  /** One for each usable event. */
  readonly events: readonly T[];
  /** Position in the body's array of each of `events`. */
  readonly batchIndexes: readonly number[];
  readonly unusable: readonly UnusableSlice[];
  /** Elements of the array; 1 for a single event, and for a body that is kept whole, also when it is an array. */
  readonly batchSize: number;
}

/** The provider sends at most 500. A body with more events than this is kept whole, as one dead letter. */
export const maxEventsPerBody = 10_000;

/** Opening brackets and commas of all elements that are looked into. */
export const maxBodyParts = 250_000;

type ConvertEvent<T> = (slice: EventSlice) => T | undefined;

/**
 * Splits a body into its events, each with its own slice of the original bytes, and converts each event. Never throws:
 * whatever is not an event is returned as unusable.
 *
 * @param convert returns `undefined` for an event without a key; what it throws makes that event alone unusable
 */
export function splitEvents<T>(
  body: VerifiedBody,
  fields: EventFields,
  convert: ConvertEvent<T>,
): SplitBody<T> {
  const start = contentStart(body);
  const reader = new ElementReader(body, fields);
  const split = new ElementSplit(reader, convert);
  const reason =
    byteAt(body, start) === openBracket
      ? splitArray(start, reader, split)
      : splitSingle(start, reader, split);
  return reason === undefined
    ? split
    : { events: [], batchIndexes: [], unusable: [{ bytes: body, reason }], batchSize: 1 };
}

/** @returns why the body is kept whole */
function splitSingle<T>(
  start: number,
  reader: ElementReader,
  split: ElementSplit<T>,
): UnusableReason | undefined {
  const reason = reader.readOnly(start);
  if (reason === undefined) {
    split.add(undefined);
  }
  return reason;
}

/**
 * @param start index of the opening bracket
 * @returns why the body is kept whole: in one that is not JSON the boundaries of elements would be guesses
 */
function splitArray<T>(
  start: number,
  reader: ElementReader,
  split: ElementSplit<T>,
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
  if (parts > maxBodyParts) {
    return 'too_many_values';
  }
  return isJson ? undefined : 'not_json';
}

/** What became of the elements that were read so far. */
class ElementSplit<T> implements SplitBody<T> {
  events: T[] = [];
  batchIndexes: number[] = [];
  readonly unusable: UnusableSlice[] = [];
  batchSize = 0;
  readonly #reader: ElementReader;
  readonly #convert: ConvertEvent<T>;

  constructor(reader: ElementReader, convert: ConvertEvent<T>) {
    this.#reader = reader;
    this.#convert = convert;
  }

  /** The last element. */
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
        // Most bodies hold one event, and a push into an empty array makes room for sixteen more.
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
