import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toJournalLine } from '../../src/journal/journal-line.ts';
import { openJournalEvents } from '../../src/journal/open-journal-events.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('gives the events of its topic that were written since it was opened', async () => {
  const directory = temporaryDirectory();
  const append = (topic: string, key: string) =>
    appendFileSync(
      join(directory, '0000000001.jsonl'),
      toJournalLine({ topic, key, value: Buffer.from(key), headers: { ce_id: `id of ${key}` } }),
    );
  append('events', 'before');
  const events = await openJournalEvents({ directory, topic: 'events' });
  append('events', 'a');
  append('dead', 'other');
  append('events', 'b');
  const stored: unknown[] = [];
  await events.read((record) => stored.push(record));
  expect(stored).toEqual(['a', 'b'].map((key) => ({ key, value: Buffer.from(key), id: `id of ${key}` })));
});
