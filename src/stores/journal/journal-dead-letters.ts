import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeadLetterStore } from '../../ports/dead-letter.ts';
import { listTopicNames, type ReadOptions, type RecordSelection } from '../../ports/record-reader.ts';
import { undefinedIfMissing } from '../../runtime/errors.ts';
import { syncDirectory } from '../../runtime/make-directory.ts';
import { findJournalEnd, formatPosition, readJournal } from './read-journal.ts';
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
  const replayedPositions = await readReplayedPositions(dataDir);
  const to = await findJournalEnd(directory);
  let notes: FileHandle | undefined;

  return {
    name: `the journal ${directory}`,
    async *records() {
      const readOptions = { follow: false, signal, observer, to };
      for await (const records of to === undefined
        ? []
        : readJournalRecords(journals, selection, readOptions)) {
        yield records.filter(({ place }) => !replayedPositions.has(place));
      }
    },
    async markReplayed(places) {
      notes ??= await open(toReplayNotesFile(dataDir), 'a', 0o640);
      await notes.appendFile(places.map((place) => `${place}\n`).join(''));
      await notes.datasync();
    },
    listReplayed: async (places) => places.filter((place) => replayedPositions.has(place)),
    async close() {
      await notes?.close();
    },
  };
}

/** Reads the positions of the dead letters that were replayed. */
async function readReplayedPositions(dataDir: string): Promise<ReadonlySet<string>> {
  const text = await undefinedIfMissing(readFile(toReplayNotesFile(dataDir), 'utf8'));
  return new Set(text?.split('\n'));
}

function toReplayNotesFile(dataDir: string): string {
  return join(dataDir, 'replayed.txt');
}

interface ProcessedSegments {
  /** Parent directory of `journal`. */
  readonly dataDir: string;
  /** Segments that existed before reading started, oldest first. A process may still be writing to the last segment. */
  readonly names: readonly string[];
  readonly deadLetterTopics: readonly string[];
  /** Time in epoch milliseconds. Segments that were written after this time are kept. */
  readonly before: number;
}

/**
 * Removes segments that have been read. Keeps the newest segment, and segments with a dead letter that has not been
 * replayed.
 *
 * @returns the names of the removed segments
 */
export async function removeProcessedSegments(options: ProcessedSegments): Promise<string[]> {
  const directory = join(options.dataDir, 'journal');
  const old: string[] = [];
  for (const name of options.names.slice(0, -1)) {
    if ((await stat(join(directory, name))).mtimeMs < options.before) {
      old.push(name);
    }
  }
  const keptSegments = await findSegmentsWithDeadLetters(options, directory, old.at(-1));
  const removedSegments = old.filter((name) => !keptSegments.has(name));
  for (const name of removedSegments) {
    await rm(join(directory, name), { force: true });
  }
  await syncDirectory(directory);
  return removedSegments;
}

async function findSegmentsWithDeadLetters(
  { dataDir, deadLetterTopics }: ProcessedSegments,
  directory: string,
  last: string | undefined,
): Promise<ReadonlySet<string>> {
  const foundSegments = new Set<string>();
  if (last !== undefined) {
    const replayedPositions = await readReplayedPositions(dataDir);
    const to = { segment: last, offset: Number.POSITIVE_INFINITY };
    for await (const { record, position } of readJournal(directory, { to })) {
      if (deadLetterTopics.includes(record.topic) && !replayedPositions.has(formatPosition(position))) {
        foundSegments.add(position.segment);
      }
    }
  }
  return foundSegments;
}
