import type { EventSlice } from './event-fields.ts';
import { isDigit, quotationMark } from './json-bytes.ts';
import type { WantedMember } from './json-scan.ts';

export interface EventKey {
  readonly key: string;
  /** Kind of the key. `event` means that no entity was found, so the key is the event's unique id. */
  readonly kind: 'entity' | 'event';
}

/**
 * Maximum length of an identifier in UTF-16 units. Every record repeats its identifier in its key or in a header.
 */
const maxNameLength = 512;

/** A number with at most this many digits is always a safe integer. */
const maxSafeDigits = 15;

/**
 * Returns the first identifier that the rules find, otherwise the `eventId`. Returns `undefined` if the event has
 * neither.
 */
export function findEventKey({ text, fields }: EventSlice): EventKey | undefined {
  const name = readText(text, fields.name);
  for (const member of fields.placesOf(name === undefined ? '' : readEventFamily(name))) {
    const key = readIdentifier(text, member);
    if (key !== undefined) {
      return { key, kind: 'entity' };
    }
  }
  const eventId = readIdentifier(text, fields.eventId);
  return eventId === undefined ? undefined : { key: eventId, kind: 'event' };
}

/** Returns the part of an event's name before its first dot: `message` for `message.delivered`. */
export function readEventFamily(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? name : name.slice(0, dot);
}

/** Returns the string value of a member. The value is not validated. */
export function readText(text: Buffer, member: WantedMember): string | undefined {
  const { start, end } = member;
  if (start === 0 || text[start] !== quotationMark) {
    return undefined;
  }
  if (!member.isPlain) {
    return JSON.parse(text.toString('utf8', start, end)) as string;
  }
  const length = end - start - 2;
  if (length > maxNameLength) {
    return text.toString('latin1', start + 1, end - 1);
  }
  if (length !== member.lastText.length || !isTextAt(text, start + 1, member.lastText)) {
    member.lastText = text.toString('latin1', start + 1, end - 1);
  }
  return member.lastText;
}

function isTextAt(bytes: Buffer, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[start + index] !== text.charCodeAt(index)) {
      return false;
    }
  }
  return true;
}

/** Reads a string that is a valid name, or the digits of a number. */
export function readIdentifier(text: Buffer, member: WantedMember): string | undefined {
  return text[member.start] === quotationMark ? readName(text, member) : readDigits(text, member);
}

/**
 * Reads a string of 1 to 512 UTF-16 units that is valid in a CloudEvents attribute. The string must not contain control
 * characters, noncharacters or lone surrogates. Lone surrogates are not allowed, because UTF-8 encodes all of them as
 * the same character, and two entities could get the same key.
 *
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#type-system
 */
export function readName(text: Buffer, member: WantedMember): string | undefined {
  const value = readText(text, member);
  if (value === undefined || value === '' || value.length > maxNameLength) {
    return undefined;
  }
  return member.isPlain || (value.isWellFormed() && !unprintableCharacter.test(value)) ? value : undefined;
}

const unprintableCharacter = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;

/**
 * Reads a number of at most 512 digits, without sign, fraction or exponent. The digits are taken from the text, because
 * JSON.parse rounds above 2^53, and two entities could get the same key.
 */
export function readDigits(text: Buffer, { start, end }: WantedMember): string | undefined {
  const length = end - start;
  if (start === 0 || length > maxNameLength) {
    return undefined;
  }
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const byte = text[at] as number;
    if (!isDigit(byte)) {
      return undefined;
    }
    value = value * 10 + (byte - 0x30);
  }
  return length <= maxSafeDigits ? String(value) : text.toString('latin1', start, end);
}
