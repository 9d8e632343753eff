import { isSegmentRemoved } from '../journal/journal-segment.ts';
import type { JournalPosition } from '../journal/read-journal.ts';
import { hasCode } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { DrainPosition } from './drain-position.ts';
import { type ChunkLimits, readChunk, type SpoolChunk } from './read-chunk.ts';

export interface ReadHeadDeps {
  readonly directory: string;
  readonly position: DrainPosition;
  readonly logger: Logger;
  /** @throws when the directory is away, or another process's */
  readonly check: () => Promise<void>;
  /** Nothing is left of the segment that is being written. */
  readonly dropLastSegment: () => Promise<void>;
}

const noLines: SpoolChunk = { lines: [], next: { segment: '', offset: 0 } };

/** The lines at the head of a spool; none when all that is durable was drained. */
export async function readHead(limits: ChunkLimits, deps: ReadHeadDeps): Promise<SpoolChunk> {
  const { position } = deps;
  for (;;) {
    const { current, isLastSegment } = position;
    if (current === undefined) {
      return noLines;
    }
    const chunk = await readFrom(current, limits, deps);
    if (chunk === undefined && isLastSegment) {
      await deps.dropLastSegment();
      return noLines;
    }
    if (chunk !== undefined && (chunk.lines.length > 0 || isLastSegment)) {
      return chunk;
    }
    // What is left of the segment is no whole line: it was never acknowledged.
    await position.dropSegment();
  }
}

/** @returns `undefined` when somebody has removed the segment */
async function readFrom(
  current: JournalPosition,
  limits: ChunkLimits,
  { directory, position, logger, check }: ReadHeadDeps,
): Promise<SpoolChunk | undefined> {
  try {
    return await readChunk(directory, current, position.segmentSize, limits);
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
