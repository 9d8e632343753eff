import { styleText } from 'node:util';
import { toLinePart, toPrintable } from '../../runtime/foreign-text.ts';
import { toIso } from '../../runtime/format.ts';
import { isOwnEvent } from '../../webhook/own-events.ts';
import { parseExactly } from './exact-json.ts';
import type { ShownRecord } from './show-record.ts';

/** One line of JSON, for programs. */
export function formatJson({ facts, content, ...record }: ShownRecord): string {
  const { storedAtMs, place, topic, key, headers } = record;
  const { name, eventId, revision, webhook, reason } = facts;
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
  const value =
    content.kind === 'event'
      ? `"event":${content.json}`
      : `"${content.kind}":${JSON.stringify(content.text)}`;
  // A terminal would obey what JSON leaves as it is: U+007F to U+009F.
  return `${toPrintable(`${members.slice(0, -1)},${value}}`)}\n`;
}

export interface LineStyle {
  readonly colour: boolean;
  /** With the headers and the event below the line. */
  readonly isFull: boolean;
}

type Style = Parameters<typeof styleText>[0];

const widths = { name: 22, key: 36, revision: 4 };
const failures = /\.(failed|expired)$/;

/** A line for a person: time, name or reason, key, revision, registration. What others have written cannot begin a line. */
export function formatLine(record: ShownRecord, { colour, isFull }: LineStyle): string {
  const paint = (style: Style, text: string) => {
    const shown = toLinePart(text);
    return colour ? styleText(style, shown, { validateStream: false }) : shown;
  };
  const { name = '-', revision, webhook, reason } = record.facts;
  const columns = [
    paint('dim', toIso(record.storedAtMs).replace('T', ' ')),
    paint(failures.test(name) ? 'red' : 'green', name.padEnd(widths.name)),
    paint('cyan', (record.key ?? '-').padEnd(widths.key)),
    paint('bold', (revision === undefined ? '-' : `r${revision}`).padEnd(widths.revision)),
    paint('dim', webhook ?? '-'),
    ...(reason === undefined ? [] : [paint('red', reason)]),
    ...(isOwnEvent(name) ? [paint('yellow', "not the provider's")] : []),
  ];
  const below = isFull ? [toLinePart(record.place), ...listHeaders(record), ...listContent(record)] : [];
  return [columns.join(' '), ...below.map((text) => `    ${toPrintable(text)}`), ''].join('\n');
}

function listHeaders({ headers }: ShownRecord): string[] {
  return Object.entries(headers).map(([name, text]) => toLinePart(`${name}: ${text}`));
}

function listContent({ content }: ShownRecord): string[] {
  return content.kind === 'event' ? indent(content.json).split('\n') : [JSON.stringify(content.text)];
}

/** With numbers as they stand there. What is deeper than JavaScript's stack stays in one line. */
function indent(json: string): string {
  try {
    return JSON.stringify(parseExactly(json), undefined, 2);
  } catch {
    return json;
  }
}
