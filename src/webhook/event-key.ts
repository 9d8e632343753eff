import type { KeyRules, PropertyPath } from './key-rules.ts';
import { findNumberText } from './number-text.ts';
import type { EventSlice } from './read-element.ts';

export interface EventKey {
  readonly key: string;
  /** `event`: no entity was found and the key is the event's own id, which nothing else shares. */
  readonly kind: 'entity' | 'event';
}

/** UTF-16 units. Text longer than this names nothing: it would be repeated in the key or a header of every record. */
const maxNameLength = 512;

const eventIdPath: PropertyPath = ['eventId'];

/** The first identifier that the rules find, at last the `eventId`; `undefined` when there is none at all. */
export function findEventKey(slice: EventSlice, rules: KeyRules): EventKey | undefined {
  const { name } = slice.event;
  const family = typeof name === 'string' ? familyOf(name) : '';
  for (const path of rules.families.get(family) ?? rules.otherwise) {
    const key = readIdentifier(slice, path);
    if (key !== undefined) {
      return { key, kind: 'entity' };
    }
  }
  const eventId = readEventId(slice);
  return eventId === undefined ? undefined : { key: eventId, kind: 'event' };
}

export function readEventId(slice: EventSlice): string | undefined {
  return readIdentifier(slice, eventIdPath);
}

/** The part of an event's name before its first dot: `message` of `message.delivered`. */
export function familyOf(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? name : name.slice(0, dot);
}

/** Text that can name something, or the digits of a number. */
export function readIdentifier(slice: EventSlice, path: PropertyPath): string | undefined {
  const value = readPath(slice.event, path);
  return typeof value === 'string' ? toName(value) : toDigits(slice, path, value);
}

/**
 * Text that a CloudEvents attribute may hold, of 1 to 512 UTF-16 units: no control characters, no noncharacters, no lone
 * surrogates, which UTF-8 cannot tell apart.
 *
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#type-system
 */
export function toName(value: unknown): string | undefined {
  const isName =
    typeof value === 'string' &&
    value !== '' &&
    value.length <= maxNameLength &&
    value.isWellFormed() &&
    !unprintable.test(value);
  return isName ? value : undefined;
}

const unprintable = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;

/**
 * A number that is written with digits alone, at most 512 of them. The digits are those of the text: JSON.parse rounds
 * past 2^53, and two entities must not share a key for that.
 */
export function readDigits(slice: EventSlice, path: PropertyPath): string | undefined {
  return toDigits(slice, path, readPath(slice.event, path));
}

function toDigits(slice: EventSlice, path: PropertyPath, value: unknown): string | undefined {
  if (typeof value !== 'number') {
    return undefined;
  }
  if (slice.numbersArePlain && Number.isSafeInteger(value)) {
    return String(value);
  }
  const text = findNumberText(slice, path);
  return text.length <= maxNameLength && /^\d+$/.test(text) ? text : undefined;
}

/** Members of objects only: an array's length or an object's inherited properties name nothing. */
function readPath(from: unknown, path: PropertyPath): unknown {
  let value = from;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
