import type { KeyRules, PropertyPath } from './key-rules.ts';
import { findNumberText } from './number-text.ts';
import type { EventSlice } from './read-element.ts';

export interface EventKey {
  readonly key: string;
  /** `event`: no entity was found, so the key is the event's own id, which no other event has. */
  readonly kind: 'entity' | 'event';
}

/** UTF-16 units. Longer text is no identifier: every record would repeat it in its key or in a header. */
const maxNameLength = 512;

const eventIdPath: PropertyPath = ['eventId'];

/** The first identifier that the rules find, else the `eventId`; `undefined` when there is none at all. */
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

/** A text that is a valid name, or the digits of a number. */
export function readIdentifier(slice: EventSlice, path: PropertyPath): string | undefined {
  const value = readPath(slice.event, path);
  return typeof value === 'string' ? toName(value) : toDigits(slice, path, value);
}

/**
 * The value if it is text that a CloudEvents attribute may hold, of 1 to 512 UTF-16 units. It may have no control
 * characters, no noncharacters, and no lone surrogates: in UTF-8 all of them would become the same character.
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
 * A number that is written with digits only, at most 512 of them. The digits are taken from the text: JSON.parse rounds
 * above 2^53, and then two entities could get the same key.
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

/** Reads own members of objects only: neither the length of an array nor an inherited property is an identifier. */
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
