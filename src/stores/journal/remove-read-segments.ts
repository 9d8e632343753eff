import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../runtime/make-directory.ts';
import { readReplayed } from './journal-dead-letters.ts';
import { readJournal } from './read-journal.ts';

export interface ReadSegments {
  /** Holds `journal`. */
  readonly dataDir: string;
  /** Segments that were there before they were read, oldest first: the last one may be written. */
  readonly names: readonly string[];
  readonly deadLetterTopics: readonly string[];
  /** Epoch milliseconds: what was written since then stays. */
  readonly before: number;
}

/**
 * Removes segments that were read, but never the newest one, nor one with a dead letter that was not put back.
 *
 * @returns the names of what it removed
 */
export async function removeReadSegments(options: ReadSegments): Promise<string[]> {
  const directory = join(options.dataDir, 'journal');
  const old: string[] = [];
  for (const name of options.names.slice(0, -1)) {
    if ((await stat(join(directory, name))).mtimeMs < options.before) {
      old.push(name);
    }
  }
  const kept = await findSegmentsWithLetters(options, directory, old.at(-1));
  const removed = old.filter((name) => !kept.has(name));
  for (const name of removed) {
    await rm(join(directory, name), { force: true });
  }
  await syncDirectory(directory);
  return removed;
}

async function findSegmentsWithLetters(
  { dataDir, deadLetterTopics }: ReadSegments,
  directory: string,
  last: string | undefined,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (last !== undefined) {
    const putBack = await readReplayed(dataDir);
    const to = { segment: last, offset: Number.POSITIVE_INFINITY };
    for await (const { record, position } of readJournal(directory, { to })) {
      const { segment, offset } = position;
      if (deadLetterTopics.includes(record.topic) && !putBack.has(`${segment}/${offset}`)) {
        found.add(segment);
      }
    }
  }
  return found;
}
