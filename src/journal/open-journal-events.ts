import type { StoredEvents } from '../sink/stored-events.ts';
import { findJournalEnd, readJournal } from './read-journal.ts';

interface JournalEventsOptions {
  readonly directory: string;
  readonly topic: string;
}

/** The events that are written to a journal from now on. */
export async function openJournalEvents({ directory, topic }: JournalEventsOptions): Promise<StoredEvents> {
  const from = await findJournalEnd(directory);
  return {
    name: `the journal ${directory}`,
    async read(handle) {
      for await (const { record } of readJournal(directory, { from })) {
        if (record.topic === topic) {
          handle({ key: record.key, value: record.value, id: record.headers.ce_id });
        }
      }
    },
  };
}
