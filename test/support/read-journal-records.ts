import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredRecord } from './kafka/read-topic.ts';

interface JournalLine {
  readonly topic: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value?: string;
  readonly valueBase64?: string;
}

/** Reads the records of the journal by topic, in the order of the files. Throws if a line is not valid JSON. */
export async function readJournalRecords(directory: string): Promise<Map<string, StoredRecord[]>> {
  const topics = new Map<string, StoredRecord[]>();
  for (const name of (await readdir(directory)).filter((file) => file.endsWith('.jsonl')).toSorted()) {
    const text = await readFile(join(directory, name), 'utf8');
    for (const line of text.split('\n').filter((candidate) => candidate !== '')) {
      const { topic, key, headers, value, valueBase64 } = JSON.parse(line) as JournalLine;
      const records = topics.get(topic) ?? [];
      topics.set(topic, records);
      records.push({
        ...{ partition: 0, offset: records.length, timestampMs: 0, headers },
        key: key === null ? null : Buffer.from(key),
        value: value === undefined ? Buffer.from(valueBase64 ?? '', 'base64') : Buffer.from(value),
      });
    }
  }
  return topics;
}
