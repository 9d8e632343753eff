import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { isSegmentName } from '../journal/journal-segment.ts';
import type { JournalPosition } from '../journal/read-journal.ts';
import { hasCode } from '../runtime/errors.ts';

const fileName = 'drained.json';

const noteSchema = v.object({
  segment: v.pipe(v.string(), v.check(isSegmentName)),
  offset: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/**
 * Up to where a segment was drained; `undefined` when no one noted it, or the note cannot be read. It says nothing of other
 * segments: so a process that has lost the directory and does not know it yet can note nothing wrong.
 */
export async function readDrainedNote(directory: string): Promise<JournalPosition | undefined> {
  try {
    const parsed = v.safeParse(noteSchema, JSON.parse(await readFile(join(directory, fileName), 'utf8')));
    return parsed.success ? parsed.output : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** Whoever ends this process at any point leaves the old note or the new one. An old note only repeats records. */
export async function writeDrainedNote(directory: string, position: JournalPosition): Promise<void> {
  const part = join(directory, `${fileName}.part`);
  const handle = await open(part, 'w', 0o640);
  try {
    await handle.writeFile(`${JSON.stringify(position)}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(part, join(directory, fileName));
}
