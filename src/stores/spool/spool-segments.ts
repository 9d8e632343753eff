import { hasCode } from '../../runtime/errors.ts';
import { isSegmentRemoved } from '../journal/journal-segment.ts';
import type { JournalPosition } from '../journal/read-segment.ts';
import { DrainedSegments, type DrainedSegmentsDeps } from './drained-segments.ts';
import type { SpooledSegment } from './find-spooled.ts';
import { type ChunkLimits, readChunk, type SpoolChunk } from './read-chunk.ts';

/** The segments of a spool that have lines to drain, oldest first. The last one may be written. */
export class SpoolSegments {
  readonly drained: DrainedSegments;
  readonly #deps: DrainedSegmentsDeps;
  readonly #segments: SpooledSegment[];

  constructor(segments: SpooledSegment[], deps: DrainedSegmentsDeps) {
    this.#deps = deps;
    this.drained = new DrainedSegments(deps);
    this.#segments = segments;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  get records(): number {
    return this.#segments.reduce((sum, { records }) => sum + records, 0);
  }

  /** The bytes of all segments that are there, with what is drained of them. */
  get bytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, this.drained.bytes);
  }

  /** Behind the last line that is durable. */
  get end(): JournalPosition {
    const last = this.#segments.at(-1);
    return last === undefined ? { segment: '', offset: 0 } : { segment: last.name, offset: last.size };
  }

  bytesFrom(position: JournalPosition): number {
    const { segment, offset } = this.find(position);
    return this.#segments.reduce(
      (sum, { name, size }) => sum + (name > segment ? size : name === segment ? size - offset : 0),
      0,
    );
  }

  /** The place of the next line at or behind a position: in a later segment, when its own has none or is gone. */
  find(position: JournalPosition): JournalPosition {
    const at = this.#segments.find(
      ({ name, size }) =>
        size > (name === position.segment ? position.offset : 0) && name >= position.segment,
    );
    if (at === undefined) {
      return this.end;
    }
    return at.name === position.segment ? position : { segment: at.name, offset: 0 };
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

  /** The lines at or behind a position; none, without I/O, when it is the end. */
  async read(position: JournalPosition, limits: ChunkLimits): Promise<SpoolChunk> {
    for (let from = position; ; ) {
      const start = this.find(from);
      const segment = this.#segments.find(({ name }) => name === start.segment);
      if (segment === undefined || start.offset >= segment.size) {
        return { lines: [], start, next: start };
      }
      const chunk = await this.#readFrom(segment, start.offset, limits);
      if (chunk !== undefined && chunk.lines.length > 0) {
        return { ...chunk, next: this.find(chunk.next) };
      }
      // What is left of the segment is no whole line: it was never acknowledged.
      from = { segment: start.segment, offset: segment.size };
    }
  }

  /** So many lines of a segment were drained. */
  drainedOf(segment: string, lines: number): void {
    const found = this.#segments.find(({ name }) => name === segment);
    if (found !== undefined) {
      found.records = Math.max(0, found.records - lines);
    }
  }

  /** Removes the segments of which nothing is left before a position. */
  async dropBefore(position: JournalPosition): Promise<void> {
    while (this.#segments.length > 1 && (this.#segments[0]?.name ?? '') < position.segment) {
      await this.dropFirst();
    }
  }

  /** Nobody writes it, and nothing is left of it. */
  async dropFirst(): Promise<void> {
    const [first] = this.#segments.splice(0, 1);
    if (first !== undefined) {
      await this.drained.add(first);
    }
  }

  /** @returns `undefined` when somebody has removed the segment */
  async #readFrom(segment: SpooledSegment, offset: number, limits: ChunkLimits) {
    const { directory, logger, check } = this.#deps;
    const position = { segment: segment.name, offset };
    try {
      return await readChunk(directory, position, segment.size, limits);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) {
        throw error;
      }
      await check();
      if (!(await isSegmentRemoved(directory, segment.name))) {
        throw error;
      }
      logger.error(position, 'a segment of the spool is gone: what it held is lost');
      segment.records = 0;
      return undefined;
    }
  }
}
