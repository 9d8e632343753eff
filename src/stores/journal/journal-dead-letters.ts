import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeadLetter, type DeadLetterStore, toDeadLetter } from '../../ports/dead-letter.ts';
import { hasCode } from '../../runtime/errors.ts';
import { findJournalEnd, readJournal } from './read-journal.ts';
import type { JournalEntry } from './read-segment.ts';

export interface JournalDeadLettersOptions {
  readonly dataDir: string;
  readonly topics: readonly string[];
}

const chunkSize = 500;

/** Dead letters in a journal. `DATA_DIR/replayed.txt` lists those that were put back, one place on each line. */
export async function openJournalDeadLetters(options: JournalDeadLettersOptions): Promise<DeadLetterStore> {
  const { dataDir, topics } = options;
  const directory = join(dataDir, 'journal');
  const file = join(dataDir, 'replayed.txt');
  const done = new Set((await readTextIfAny(file)).split('\n'));
  const to = await findJournalEnd(directory);
  let notes: FileHandle | undefined;

  function isWanted({ record, position }: JournalEntry): boolean {
    return topics.includes(record.topic) && !done.has(toPlace(position));
  }

  async function* readChunks(): AsyncGenerator<JournalEntry[]> {
    let chunk: JournalEntry[] = [];
    for await (const entry of to === undefined ? [] : readJournal(directory, { to })) {
      if (isWanted(entry)) {
        chunk.push(entry);
      }
      if (chunk.length === chunkSize) {
        yield chunk;
        chunk = [];
      }
    }
    if (chunk.length > 0) {
      yield chunk;
    }
  }

  async function remember(letters: ReadonlySet<DeadLetter>): Promise<void> {
    if (letters.size > 0) {
      notes ??= await open(file, 'a', 0o640);
      await notes.appendFile([...letters].map(({ place }) => `${place}\n`).join(''));
      await notes.datasync();
    }
  }

  let total = 0;
  for await (const chunk of readChunks()) {
    total += chunk.length;
  }
  return {
    name: `the journal ${directory}`,
    total,
    async read(handle) {
      for await (const chunk of readChunks()) {
        const letters = chunk.map(({ record, position }) =>
          toDeadLetter(record.value, record.headers, toPlace(position)),
        );
        await remember(await handle(letters));
      }
    },
    async close() {
      await notes?.close();
    },
  };
}

function toPlace({ segment, offset }: JournalEntry['position']): string {
  return `${segment}/${offset}`;
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
