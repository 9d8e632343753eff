import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { hasCode } from '../../runtime/errors.ts';
import { isSegmentName } from '../journal/journal-segment.ts';
import { isLineEnd } from '../journal/read-journal.ts';
import type { JournalPosition } from '../journal/read-segment.ts';
import { Backlog, comparePositions } from './backlog.ts';

const fileName = 'drained.json';

const positionSchema = v.object({
  segment: v.pipe(v.string(), v.check(isSegmentName)),
  offset: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const noteSchema = v.object({
  /** Up to there all is drained but what is left behind. */
  rest: positionSchema,
  leftBehind: v.array(
    v.object({
      ...positionSchema.entries,
      topic: v.string(),
      partition: v.nullable(countSchema),
      of: v.pipe(countSchema, v.minValue(1)),
    }),
  ),
});

type DrainedNote = v.InferOutput<typeof noteSchema>;

/**
 * What is left of a spool by the note of it, and after what nobody noted. A position counts when its segment is there and a
 * line ends at it: else its records are drained again, from the first segment.
 *
 * @param names of the segments, oldest first
 * @param end behind the last line
 */
export async function readBacklog(
  directory: string,
  names: readonly string[],
  end: JournalPosition,
): Promise<Backlog> {
  const backlog = new Backlog();
  const [first] = names;
  if (first === undefined) {
    return backlog;
  }
  const begin = { segment: first, offset: 0 };
  const check = async (position: JournalPosition) =>
    names.includes(position.segment) && (await isLineEnd(directory, position)) ? position : begin;
  const note = await readDrainedNote(directory);
  for (const { topic, partition, of, segment, offset } of note?.leftBehind ?? []) {
    backlog.add({ topic, partition, of }, await check({ segment, offset }));
  }
  const rest = note === undefined ? begin : await check(note.rest);
  if (comparePositions(rest, end) < 0) {
    backlog.add(undefined, rest);
  }
  return backlog;
}

/** `undefined` when no one noted anything, or the note cannot be read. */
async function readDrainedNote(directory: string): Promise<DrainedNote | undefined> {
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

/** @param end behind the last line. Records of a share that does not wait are drained up to there. */
export function toDrainedNote(backlog: Backlog, end: JournalPosition): DrainedNote {
  return {
    rest: backlog.rest?.position ?? end,
    leftBehind: [...backlog].flatMap(({ share, position }) => (share ? [{ ...share, ...position }] : [])),
  };
}

/** Whoever ends this process at any point leaves the old note or the new one. An old note only repeats records. */
export async function writeDrainedNote(directory: string, note: DrainedNote): Promise<void> {
  const part = join(directory, `${fileName}.part`);
  const handle = await open(part, 'w', 0o640);
  try {
    await handle.writeFile(`${JSON.stringify(note)}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(part, join(directory, fileName));
}
