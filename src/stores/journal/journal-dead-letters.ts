import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeadLetterStore } from '../../ports/dead-letter.ts';
import { listTopicNames, type ReadOptions, type RecordSelection } from '../../ports/record-reader.ts';
import { hasCode } from '../../runtime/errors.ts';
import { findJournalEnd } from './read-journal.ts';
import { readJournalRecords } from './read-journal-records.ts';

export interface JournalDeadLettersOptions extends Pick<ReadOptions, 'signal' | 'observer'> {
  readonly dataDir: string;
  readonly topics: RecordSelection['topics'];
}

/** Dead letters in a journal. `DATA_DIR/replayed.txt` lists those that were put back, one place on each line. */
export async function openJournalDeadLetters(options: JournalDeadLettersOptions): Promise<DeadLetterStore> {
  const { dataDir, topics, signal, observer } = options;
  const directory = join(dataDir, 'journal');
  const file = join(dataDir, 'replayed.txt');
  const selection: RecordSelection = { role: 'dead-letter', topics, sinceMs: 0 };
  const journals = [{ directory, topics: listTopicNames(selection) }];
  const done = new Set((await readTextIfAny(file)).split('\n'));
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
    async note(places) {
      notes ??= await open(file, 'a', 0o640);
      await notes.appendFile(places.map((place) => `${place}\n`).join(''));
      await notes.datasync();
    },
    async close() {
      await notes?.close();
    },
  };
}

/** @returns an empty text without the file */
export async function readTextIfAny(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return '';
    }
    throw error;
  }
}
