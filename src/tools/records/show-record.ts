import { isUtf8 } from 'node:buffer';
import type { PlacedRecord } from '../../ports/record-reader.ts';
import { parseExactly, toOneLine } from './exact-json.ts';
import { maskEvent } from './mask-event.ts';
import { hide, maskText, maskWords } from './mask-text.ts';
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
