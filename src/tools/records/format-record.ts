import { isUtf8 } from 'node:buffer';
import type { StoredRecord } from '../../ports/record-reader.ts';
import { toIso } from '../../runtime/format.ts';
import { createPaint } from '../../runtime/readable-lines.ts';
import { toPrintable } from '../../runtime/untrusted-text.ts';
import { isTestEvent } from '../../webhook/test-events.ts';
import { readFacts } from './record-facts.ts';

/** Formats a record as one line of JSON. */
export function formatJson(record: StoredRecord): string {
  const { storedAtMs, place, topic, key, headers, value } = record;
  const { name, eventId, revision, webhook, reason } = readFacts(record);
  const members = JSON.stringify({
    time: toIso(storedAtMs),
    topic,
    place,
    key,
    name,
    eventId,
    revision,
    webhook,
    reason,
    headers,
  });
  // JSON does not escape U+007F to U+009F, which a terminal would execute as control characters.
  return `${toPrintable(`${members.slice(0, -1)},${toJsonOrText(value)}}`)}\n`;
}

/** Formats the value as a member: JSON unchanged, other text as a string, and other bytes in base64. */
function toJsonOrText(value: Buffer): string {
  if (!isUtf8(value)) {
    return `"base64":"${value.toString('base64')}"`;
  }
  const text = value.toString();
  const json = toOneLine(text);
  return json === undefined ? `"text":${JSON.stringify(text)}` : `"event":${json}`;
}

/**
 * Replaces the line breaks between JSON tokens with spaces, without any other change. Returns `undefined` if the text
 * is not JSON.
 */
function toOneLine(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return text.replaceAll(/[\r\n]+/g, ' ');
}

const columnWidths = { name: 22, key: 36, revision: 4 };
const failureName = /\.(failed|expired)$/;

/** Formats a record as one line for a terminal: time, name, key, revision, registration and reason. Line breaks are escaped. */
export function formatLine(record: StoredRecord, { colour }: { readonly colour: boolean }): string {
  const paintText = createPaint(colour);
  const { name = '-', revision, webhook, reason } = readFacts(record);
  const columns = [
    paintText('dim', toIso(record.storedAtMs).replace('T', ' ')),
    paintText(failureName.test(name) ? 'red' : 'green', name.padEnd(columnWidths.name)),
    paintText('cyan', (record.key ?? '-').padEnd(columnWidths.key)),
    paintText('bold', (revision === undefined ? '-' : `r${revision}`).padEnd(columnWidths.revision)),
    paintText('dim', webhook ?? '-'),
    ...(reason === undefined ? [] : [paintText('red', reason)]),
    ...(isTestEvent(name) ? [paintText('yellow', 'test event')] : []),
  ];
  return `${columns.join(' ')}\n`;
}
