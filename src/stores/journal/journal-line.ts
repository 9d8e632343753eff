import { isUtf8 } from 'node:buffer';
import * as v from 'valibot';
import type { SinkRecord } from '../../ports/sink.ts';

/** One record as a line of the journal: JSON and a line feed. A value that is not UTF-8 becomes `valueBase64`. */
export function toJournalLine({ topic, key, headers, value }: SinkRecord): string {
  const text = isUtf8(value) ? { value: value.toString('utf8') } : { valueBase64: value.toString('base64') };
  return `${JSON.stringify({ topic, partition: null, key, headers, ...text })}\n`;
}

/** Takes any names: valibot's `record` leaves out `prototype` and `constructor` without a word. */
const headersSchema = v.custom<Readonly<Record<string, string>>>(
  (headers) =>
    typeof headers === 'object' &&
    headers !== null &&
    !Array.isArray(headers) &&
    Object.values(headers).every((value) => typeof value === 'string'),
);

/** JSON has no zero bytes. */
export function hasLostBytes(line: string): boolean {
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
 * The record of a line without its line feed; `undefined` when the line is no record. A crash of the machine can leave zeros
 * where a file had grown and its bytes had not arrived yet: what stands behind them counts.
 */
export function parseJournalLine(line: string): SinkRecord | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line.slice(line.lastIndexOf('\0') + 1));
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(lineSchema, json);
  if (!parsed.success) {
    return undefined;
  }
  const { topic, key, headers, value, valueBase64 } = parsed.output;
  if (value === undefined) {
    return valueBase64 === undefined
      ? undefined
      : { topic, key, headers, value: Buffer.from(valueBase64, 'base64') };
  }
  return { topic, key, headers, value: Buffer.from(value) };
}

/** Lines as bytes. Joined as text first, they would be in memory once more, in one piece. */
export function joinLines(lines: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0));
  let at = 0;
  for (const line of lines) {
    at += bytes.write(line, at);
  }
  return bytes;
}
