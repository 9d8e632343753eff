import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../runtime/make-directory.ts';
import { readReplayed } from './journal-dead-letters.ts';
import { readJournal } from './read-journal.ts';

export interface ProcessedSegments {
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
  const kept = await findSegmentsWithDeadLetters(options, directory, old.at(-1));
  const removed = old.filter((name) => !kept.has(name));
  for (const name of removed) {
    await rm(join(directory, name), { force: true });
  }
  await syncDirectory(directory);
  return removed;
}

async function findSegmentsWithDeadLetters(
  { dataDir, deadLetterTopics }: ProcessedSegments,
  directory: string,
  last: string | undefined,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (last !== undefined) {
    const replayed = await readReplayed(dataDir);
    const to = { segment: last, offset: Number.POSITIVE_INFINITY };
    for await (const { record, position } of readJournal(directory, { to })) {
      const { segment, offset } = position;
      if (deadLetterTopics.includes(record.topic) && !replayed.has(`${segment}/${offset}`)) {
        found.add(segment);
      }
    }
  }
  return found;
}
