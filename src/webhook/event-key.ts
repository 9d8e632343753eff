import type { KeyRules, PropertyPath } from './key-rules.ts';
import type { EventSlice } from './split-events.ts';

export interface EventKey {
  readonly key: string;
  /** `event`: no entity was found and the key is the event's own id, which nothing else shares. */
  readonly kind: 'entity' | 'event';
}

/** An identifier longer than this is not taken for one: it would be repeated in the key of every record. */
const maxKeyCharacters = 512;

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
  const eventId = readIdentifier(slice, eventIdPath);
  return eventId === undefined ? undefined : { key: eventId, kind: 'event' };
}

/** The part of an event's name before its first dot: `message` of `message.delivered`. */
export function familyOf(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? name : name.slice(0, dot);
}

function readIdentifier(slice: EventSlice, path: PropertyPath): string | undefined {
  const value = readPath(slice.event, path);
  if (typeof value === 'string') {
    return value !== '' && value.length <= maxKeyCharacters ? value : undefined;
  }
  return typeof value === 'number' ? readNumberText(slice, path) : undefined;
}

function readPath(from: unknown, path: PropertyPath): unknown {
  let value = from;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/**
 * A number as it stands in the JSON text. JSON.parse rounds past 2^53, and two entities must not share a key for that.
 */
export function readNumberText(slice: EventSlice, path: PropertyPath): string | undefined {
  const value = readPath(slice.event, path);
  if (typeof value !== 'number') {
    return undefined;
  }
  if (Number.isSafeInteger(value)) {
    return String(value);
  }
  const keepSource = (_key: string, parsed: unknown, context?: { source?: string }) =>
    typeof parsed === 'number' ? (context?.source ?? parsed) : parsed;
  const source = readPath(JSON.parse(slice.bytes.toString('utf8'), keepSource), path);
  return typeof source === 'string' && source.length <= maxKeyCharacters ? source : undefined;
}
