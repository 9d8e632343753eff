import { isUtf8 } from 'node:buffer';
import * as v from 'valibot';
import type { SinkRecord } from '../../ports/sink.ts';

/**
 * Formats a record as a line of the journal: JSON followed by a line feed. A value that is not valid UTF-8 is stored
 * as `valueBase64`.
 */
export function toJournalLine({ topic, key, headers, value }: SinkRecord): string {
  const text = isUtf8(value) ? { value: value.toString('utf8') } : { valueBase64: value.toString('base64') };
  return `${JSON.stringify({ topic, partition: null, key, headers, ...text })}\n`;
}

/** Accepts any header names, whereas valibot's `record` silently drops `prototype` and `constructor`. */
const headersSchema = v.custom<Readonly<Record<string, string>>>(
  (headers) =>
    typeof headers === 'object' &&
    headers !== null &&
    !Array.isArray(headers) &&
    Object.values(headers).every((value) => typeof value === 'string'),
);

/** Checks for zero bytes, which a crash can leave in a file and which JSON never contains. */
export function containsZeroBytes(line: string): boolean {
  return line.includes('\0');
}

const lineSchema = v.object({
  topic: v.string(),
  key: v.nullable(v.string()),
  headers: headersSchema,
  value: v.optional(v.string()),
  valueBase64: v.optional(v.string()),
});

/**
 * Parses a line without its line feed. Returns `undefined` if the line is not a record. After a machine crash, a file
 * can contain zero bytes where the file had grown but no data was written. Only the text after the zero bytes is
 * parsed.
 */
export function parseJournalLine(line: string): SinkRecord | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line.slice(line.lastIndexOf('\0') + 1));
  } catch {
    return undefined;
  }
  const parsedLine = v.safeParse(lineSchema, json);
  if (!parsedLine.success) {
    return undefined;
  }
  const { topic, key, headers, value, valueBase64 } = parsedLine.output;
  if (value === undefined) {
    return valueBase64 === undefined
      ? undefined
      : { topic, key, headers, value: Buffer.from(valueBase64, 'base64') };
  }
  return { topic, key, headers, value: Buffer.from(value) };
}

/** Encodes lines in one buffer. Joining them as text first would need a second copy in memory. */
export function encodeLines(lines: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0));
  let at = 0;
  for (const line of lines) {
    at += bytes.write(line, at);
  }
  return bytes;
}
