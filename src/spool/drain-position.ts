import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { isSegmentName, isSegmentRemoved } from '../journal/journal-segment.ts';
import type { JournalPosition } from '../journal/read-segment.ts';
import { hasCode } from '../runtime/errors.ts';
import { DrainedSegments, type DrainedSegmentsDeps } from './drained-segments.ts';
import type { Spooled, SpooledSegment } from './find-spooled.ts';
import { type ChunkLimits, noLines, readChunk, type SpoolChunk } from './read-chunk.ts';

/** The segments of a spool that are not drained, and how far the first of them is. */
export class DrainPosition {
  readonly drained: DrainedSegments;
  readonly #deps: DrainedSegmentsDeps;
  /** Oldest first; the last one may be written. */
  readonly #segments: SpooledSegment[];
  #offset: number;

  constructor({ segments, offset }: Pick<Spooled, 'segments' | 'offset'>, deps: DrainedSegmentsDeps) {
    this.#deps = deps;
    this.drained = new DrainedSegments(deps);
    this.#segments = segments;
    this.#offset = offset;
  }

  /** Where to read on; `undefined` when there is no segment. */
  get current(): JournalPosition | undefined {
    const [head] = this.#segments;
    return head && { segment: head.name, offset: this.#offset };
  }

  /** Durable bytes of the segment that is being drained. */
  get segmentSize(): number {
    return this.#segments[0]?.size ?? 0;
  }

  get isLastSegment(): boolean {
    return this.#segments.length <= 1;
  }

  get records(): number {
    return this.#segments.reduce((sum, { records }) => sum + records, 0);
  }

  /** Of all segments that are there, with what is drained of them. */
  get bytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, this.drained.bytes);
  }

  get remainingBytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0) - this.#offset;
  }

  /** The writer has come to this end, if it has one, with so many lines. It begins new segments by itself. */
  follow(end: JournalPosition | undefined, lines: number): void {
    const last = this.#segments.at(-1);
    if (end !== undefined && last?.name === end.segment) {
      last.records += end.offset > last.size ? lines : 0;
      last.size = end.offset;
    } else if (end !== undefined) {
      this.#segments.push({ name: end.segment, size: end.offset, records: end.offset > 0 ? lines : 0 });
    }
  }

  /**
   * The lines at the head; none when all that is durable was drained.
   *
   * @param dropLastSegment runs when nothing is left of the segment that is being written
   */
  async read(limits: ChunkLimits, dropLastSegment: () => Promise<void>): Promise<SpoolChunk> {
    for (;;) {
      const { current, isLastSegment } = this;
      if (current === undefined) {
        return noLines;
      }
      const chunk = await this.#readFrom(current, limits);
      if (chunk === undefined && isLastSegment) {
        await dropLastSegment();
        return noLines;
      }
      if (chunk !== undefined && (chunk.lines.length > 0 || isLastSegment)) {
        return chunk;
      }
      // What is left of the segment is no whole line: it was never acknowledged.
      await this.dropSegment();
    }
  }

  /**
   * So many lines of the first segment were drained, up to there. On a full disk that cannot be noted. It must not keep the
   * spool from making room, and an old note only repeats records.
   */
  async advance(offset: number, lines: number): Promise<void> {
    const [head] = this.#segments;
    if (head === undefined) {
      return;
    }
    const { directory, logger, isKept } = this.#deps;
    this.#offset = offset;
    head.records -= lines;
    if (offset >= head.size && !this.isLastSegment) {
      await this.dropSegment();
    } else if (!isKept(head.name)) {
      await writeDrainedNote(directory, { segment: head.name, offset }).catch((error: unknown) => {
        logger.warn({ err: error }, 'how far the spool was drained could not be noted');
      });
    }
  }

  /** Nothing is left to drain of the first segment, and nobody writes it. */
  async dropSegment(): Promise<void> {
    const [head] = this.#segments.splice(0, 1);
    this.#offset = 0;
    if (head !== undefined) {
      await this.drained.add(head);
    }
  }
  /** @returns `undefined` when somebody has removed the segment */
  async #readFrom(current: JournalPosition, limits: ChunkLimits): Promise<SpoolChunk | undefined> {
    const { directory, logger, check } = this.#deps;
    try {
      return await readChunk(directory, current, this.segmentSize, limits);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) {
        throw error;
      }
      await check();
      if (!(await isSegmentRemoved(directory, current.segment))) {
        throw error;
      }
      logger.error(current, 'a segment of the spool is gone: what it held is lost');
      return undefined;
    }
  }
}

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
