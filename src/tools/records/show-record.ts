import { isUtf8 } from 'node:buffer';
import type { PlacedRecord } from '../../ports/record-reader.ts';
import { numberText, parseExactly, toOneLine } from './exact-json.ts';
import { hide, maskText, maskWords } from './mask-text.ts';
import { findKind, type MemberKind } from './member-kinds.ts';
import { type RecordFacts, readFacts } from './record-facts.ts';

/** A record as it is shown: with or without what is about a person. */
export interface ShownRecord extends Omit<PlacedRecord, 'value'> {
  readonly facts: RecordFacts;
  readonly content: ShownContent;
}

export type ShownContent =
  /** JSON in one line. */
  | { readonly kind: 'event'; readonly json: string }
  /** Bytes that are no JSON. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'base64'; readonly text: string };

/** As it is stored: an event's own text, with its numbers as they stand there. */
export function showWhole(record: PlacedRecord): ShownRecord {
  return { ...record, facts: readFacts(record), content: toContent(record.value) };
}

/** Without phone numbers, addresses, names and texts. A key that was hidden in the event is hidden too. */
export function showMasked(record: PlacedRecord): ShownRecord {
  const { content, hidden } = maskContent(record.value);
  const { key } = record;
  const { name, ...facts } = readFacts(record);
  const headers = Object.entries(record.headers).map(([header, text]) => [
    header,
    hidden.has(text) ? hide('key') : maskHeader(header, text),
  ]);
  return {
    ...record,
    key: key !== null && hidden.has(key) ? hide('key') : key,
    headers: Object.fromEntries(headers) as Record<string, string>,
    facts: { ...facts, name: name && maskWords(name) },
    content,
  };
}

/** Those of the receiver are identifiers, names and times. */
function maskHeader(name: string, text: string): string {
  return name.startsWith('ce_') || name === 'traceparent' ? text : maskText(text);
}

function toContent(value: Buffer): ShownContent {
  if (!isUtf8(value)) {
    return { kind: 'base64', text: value.toString('base64') };
  }
  const text = value.toString();
  const json = toOneLine(text);
  return json === undefined ? { kind: 'text', text } : { kind: 'event', json };
}

function maskContent(value: Buffer): { content: ShownContent; hidden: ReadonlySet<string> } {
  try {
    const { event, hidden } = maskEvent(parseExactly(value.toString()));
    return { content: { kind: 'event', json: JSON.stringify(event) }, hidden };
  } catch {
    // No JSON, or too deep for it: nothing tells what of it is about a person.
    return { content: { kind: 'text', text: hide(`${value.length} bytes`) }, hidden: new Set() };
  }
}

interface MaskedEvent {
  readonly event: unknown;
  /** What was hidden as a whole. */
  readonly hidden: ReadonlySet<string>;
}

/** Members of every event that say what it is, and nothing about a person. */
const envelope = new Set(['eventId', 'accountId', 'apiSpaceId', 'name', 'revision', 'etag', 'timestamp']);

/** The provider's events have four levels. */
const maxDepth = 100;

/**
 * An event without what is about a person: phone numbers, addresses, names, texts. By the names of members that the provider
 * documents, and by what a value looks like where its name is not known (docs/commands/tail.md has the rule).
 *
 * @param event as `parseExactly` gives it
 */
export function maskEvent(event: unknown): MaskedEvent {
  const hidden = new Set<string>();

  function maskValue(value: unknown, kind: MemberKind, depth: number): unknown {
    if (depth > maxDepth) {
      return hide('deeper values');
    }
    const digits = numberText(value);
    if (digits !== undefined) {
      return note(digits, maskNumber(digits, kind), value);
    }
    if (Array.isArray(value)) {
      return value.map((each) => maskValue(each, kind, depth + 1));
    }
    if (typeof value === 'object' && value !== null) {
      return maskMembers(value, kind, depth + 1);
    }
    return typeof value === 'string' ? note(value, maskString(value, kind), value) : value;
  }

  function maskMembers(members: object, kind: MemberKind, depth: number): object {
    return Object.fromEntries(
      Object.entries(members).map(([name, value]) => [name, maskValue(value, findKind(name, kind), depth)]),
    );
  }

  /** @returns what is shown: as it was, when nothing of it is hidden */
  function note(text: string, masked: string, value: unknown): unknown {
    if (masked === text) {
      return value;
    }
    hidden.add(text);
    return masked;
  }

  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return { event: maskValue(event, 'unknown', 0), hidden };
  }
  const masked = Object.entries(event).map(([name, value]) => {
    const isPlain = typeof value !== 'object' || numberText(value) !== undefined;
    return [
      name,
      envelope.has(name) && isPlain ? value : maskValue(value, findKind(name, 'unknown'), 0),
    ] as const;
  });
  return { event: Object.fromEntries(masked), hidden };
}

const digitsOnly = /^\d+$/;

function maskString(text: string, kind: MemberKind): string {
  switch (kind) {
    case 'personal':
    case 'text':
      return text === '' ? text : hide(`${text.length} characters`);
    case 'id':
      return digitsOnly.test(text) ? text : maskText(text);
    case 'status':
      return maskText(text);
    case 'party':
    case 'time':
    case 'unknown':
      return maskWords(text);
  }
}

/** An international phone number has 8 to 15 digits. */
const phoneDigits = /^\d{8,15}$/;

function maskNumber(digits: string, kind: MemberKind): string {
  const mayBePhone = kind === 'text' || kind === 'party' || kind === 'unknown';
  return kind === 'personal' || (mayBePhone && phoneDigits.test(digits)) ? hide('number') : digits;
}
