import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { readUntilFull } from '../journal/journal-segment.ts';
import { isPositionAtLineEnd } from '../journal/read-journal.ts';
import type { JournalPosition } from '../journal/read-segment.ts';

/** Position up to which the oldest segment has been drained. */
export interface DrainedPosition {
  /** Returns the drained offset of a segment, or 0 if no position was saved for that segment. */
  offsetIn(segment: string): number;
  /**
   * Saves the position. The promise never rejects. If the position cannot be written, the next process stores some
   * records again.
   */
  save(position: JournalPosition): Promise<void>;
  close(): Promise<void>;
}

const positionFileName = 'drained.json';
/** Fixed file size in bytes, so that the file fits on a full disk and one write replaces its contents. */
const positionFileBytes = 256;

const positionSchema = v.object({
  segment: v.string(),
  offset: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/**
 * Opens the file that contains the position. The file is not synced, so the position survives a killed process but
 * may be lost in a machine crash. After a machine crash, the records of one segment may be stored again.
 *
 * @param oldest name of the oldest segment; a position in another segment or not at the end of a line is ignored
 */
export async function openDrainedPosition(
  directory: string,
  oldest: string | undefined,
): Promise<DrainedPosition> {
  const file = await open(join(directory, positionFileName), constants.O_RDWR | constants.O_CREAT, 0o640);
  let position: JournalPosition | undefined;
  try {
    const savedPosition = parsePosition(
      (await readUntilFull(file, Buffer.alloc(positionFileBytes), 0)).toString(),
    );
    if (
      savedPosition !== undefined &&
      savedPosition.segment === oldest &&
      (await isPositionAtLineEnd(directory, savedPosition))
    ) {
      position = savedPosition;
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    offsetIn: (segment) => (position?.segment === segment ? position.offset : 0),
    async save(next) {
      position = next;
      const content = Buffer.from(JSON.stringify(next).padEnd(positionFileBytes));
      // Errors are ignored, because draining must continue to free space on a full disk.
      await file.write(content, 0, content.length, 0).catch(() => {});
    },
    close: () => file.close(),
  };
}

function parsePosition(text: string): JournalPosition | undefined {
  try {
    const parsedPosition = v.safeParse(positionSchema, JSON.parse(text));
    return parsedPosition.success ? parsedPosition.output : undefined;
  } catch {
    return undefined;
  }
}
