import { isUtf8 } from 'node:buffer';
import type { SinkRecord } from './sink.ts';

/** One record as a line of the journal: JSON, then a line feed. Bytes that are not UTF-8 stand as `valueBase64`. */
export function toJournalLine({ topic, key, headers, value }: SinkRecord): string {
  const text = isUtf8(value) ? { value: value.toString('utf8') } : { valueBase64: value.toString('base64') };
  return `${JSON.stringify({ topic, partition: null, key, headers, ...text })}\n`;
}
