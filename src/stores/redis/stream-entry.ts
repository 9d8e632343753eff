import type { SinkRecord } from '../../ports/sink.ts';

/** An entry of a stream in the form of a record. */
export interface StreamRecord extends Omit<SinkRecord, 'topic'> {
  /** Entry ID in the format `milliseconds-sequence`, which increases within a stream. */
  readonly id: string;
}

/**
 * Converts a record to the fields of an entry: `key` and `value`, followed by each header under its own name. A
 * record without a key has no field `key`.
 */
export function toFields({ key, value, headers }: Omit<SinkRecord, 'topic'>): (string | Buffer)[] {
  const fields: (string | Buffer)[] = key === null ? ['value', value] : ['key', key, 'value', value];
  for (const name in headers) {
    fields.push(name, headers[name] as string);
  }
  return fields;
}

/**
 * Parses an entry that was read as bytes. If the entry has no value because another program wrote it, the value is
 * empty.
 */
export function parseStreamEntry(id: string, fields: readonly Buffer[]): StreamRecord {
  let key: string | null = null;
  let value: Buffer = Buffer.alloc(0);
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = String(fields[i]);
    const content = fields[i + 1] as Buffer;
    if (name === 'key') {
      key = content.toString();
    } else if (name === 'value') {
      value = content;
    } else {
      headers[name] = content.toString();
    }
  }
  return { id, key, value, headers };
}
