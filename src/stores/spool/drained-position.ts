import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { readFully } from '../journal/journal-segment.ts';
import { isLineEnd } from '../journal/read-journal.ts';
import type { JournalPosition } from '../journal/read-segment.ts';

/** Position up to which the oldest segment is drained. */
export interface DrainedPosition {
  /** Returns the drained offset of a segment; 0 if no position was saved for it. */
  offsetIn(segment: string): number;
  /** Saves the position. Never fails: if it cannot be written, the next process stores some records again. */
  note(position: JournalPosition): Promise<void>;
  close(): Promise<void>;
}

const fileName = 'drained.json';
/** Fixed size of the file, so that a full disk has room for it and one write replaces it. */
const noteBytes = 256;

const positionSchema = v.object({
  segment: v.string(),
  offset: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/**
 * Opens the file with the position. It is not synced: it survives a kill of the process. After a crash of the machine, the
 * records of one segment may be stored again.
 *
 * @param oldest name of the oldest segment. A position in another segment, or not at the end of a line, is ignored.
 */
export async function openDrainedPosition(
  directory: string,
  oldest: string | undefined,
): Promise<DrainedPosition> {
  const file = await open(join(directory, fileName), constants.O_RDWR | constants.O_CREAT, 0o640);
  let position: JournalPosition | undefined;
  try {
    const noted = parsePosition((await readFully(file, Buffer.alloc(noteBytes), 0)).toString());
    if (noted !== undefined && noted.segment === oldest && (await isLineEnd(directory, noted))) {
      position = noted;
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    offsetIn: (segment) => (position?.segment === segment ? position.offset : 0),
    async note(next) {
      position = next;
      const note = Buffer.from(JSON.stringify(next).padEnd(noteBytes));
      // Errors are ignored: draining frees space on a full disk, so it has to continue.
      await file.write(note, 0, note.length, 0).catch(() => {});
    },
    close: () => file.close(),
  };
}

function parsePosition(text: string): JournalPosition | undefined {
  try {
    const parsed = v.safeParse(positionSchema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
