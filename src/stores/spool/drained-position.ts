import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { readFully } from '../journal/journal-segment.ts';
import { isLineEnd } from '../journal/read-journal.ts';
import type { JournalPosition } from '../journal/read-segment.ts';

/** How far the oldest segment is drained. */
export interface DrainedPosition {
  /** 0 in a segment of which nothing is noted. */
  offsetIn(segment: string): number;
  /** Also when the disk does not take it: then the next process stores records again. */
  note(position: JournalPosition): Promise<void>;
  close(): Promise<void>;
}

const fileName = 'drained.json';
/** Always as long, so that a full disk has room for it, and one write replaces it. */
const noteBytes = 256;

const positionSchema = v.object({
  segment: v.string(),
  offset: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/**
 * Opens the note of the position. It is not synced: the system keeps it when the process is killed, and after a crash of the
 * machine records of one segment are stored again.
 *
 * @param oldest name of the oldest segment. A note of another one, or of a place that is no end of a line, does not count.
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
      // A disk that is full gets its room from what is drained, so that must go on.
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
