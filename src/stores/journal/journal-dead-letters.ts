import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeadLetterStore } from '../../ports/dead-letter.ts';
import { listTopicNames, type ReadOptions, type RecordSelection } from '../../ports/record-reader.ts';
import { unlessMissing } from '../../runtime/errors.ts';
import { findJournalEnd } from './read-journal.ts';
import { readJournalRecords } from './read-journal-records.ts';

export interface JournalDeadLettersOptions extends Pick<ReadOptions, 'signal' | 'observer'> {
  readonly dataDir: string;
  readonly topics: RecordSelection['topics'];
}

/**
 * Opens the dead letters of a journal. `DATA_DIR/replayed.txt` contains the position of each replayed dead letter,
 * one per line.
 */
export async function openJournalDeadLetters(options: JournalDeadLettersOptions): Promise<DeadLetterStore> {
  const { dataDir, topics, signal, observer } = options;
  const directory = join(dataDir, 'journal');
  const selection: RecordSelection = { role: 'dead-letter', topics, sinceMs: 0 };
  const journals = [{ directory, topics: listTopicNames(selection) }];
  const done = await readReplayed(dataDir);
  const to = await findJournalEnd(directory);
  let notes: FileHandle | undefined;

  return {
    name: `the journal ${directory}`,
    async *records() {
      const reading = { follow: false, signal, observer, to };
      for await (const records of to === undefined ? [] : readJournalRecords(journals, selection, reading)) {
        yield records.filter(({ place }) => !done.has(place));
      }
    },
    async markReplayed(places) {
      notes ??= await open(toNotesFile(dataDir), 'a', 0o640);
      await notes.appendFile(places.map((place) => `${place}\n`).join(''));
      await notes.datasync();
    },
    listReplayed: async (places) => places.filter((place) => done.has(place)),
    async close() {
      await notes?.close();
    },
  };
}

/** Reads the positions of the dead letters that were replayed. */
export async function readReplayed(dataDir: string): Promise<ReadonlySet<string>> {
  const text = await unlessMissing(readFile(toNotesFile(dataDir), 'utf8'));
  return new Set(text?.split('\n'));
}

function toNotesFile(dataDir: string): string {
  return join(dataDir, 'replayed.txt');
}
