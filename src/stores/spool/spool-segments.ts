import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { isSegmentRemoved } from '../journal/journal-segment.ts';
import type { JournalPosition } from '../journal/read-segment.ts';
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

interface DrainedSegmentsDeps {
  readonly directory: string;
  readonly logger: Logger;
  readonly retryIntervalMs: number;
  /** A line of that segment stands nowhere else. */
  readonly isKept: (segment: string) => boolean;
  /** @throws when the directory is away, or another process's */
  readonly check: () => Promise<void>;
}

/**
 * Segments that are drained, until they are removed. What cannot be removed is tried again, and drained again after a
 * restart. Their names are never used again, so that removing them is in nobody's way.
 */
export class DrainedSegments {
  readonly #deps: DrainedSegmentsDeps;
  #segments: SpooledSegment[] = [];
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** The last attempt did not remove all: that is logged once. */
  #isFailing = false;

  constructor(deps: DrainedSegmentsDeps) {
    this.#deps = deps;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** Resolves when it is removed, or has to wait. */
  async add(segment: SpooledSegment): Promise<void> {
    this.#segments.push(segment);
    await this.remove();
  }

  /** Removes those of which nothing is kept any more. */
  remove(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#removeAll());
    return this.#turn;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#turn;
  }

  async #removeAll(): Promise<void> {
    const { logger, retryIntervalMs, isKept } = this.#deps;
    clearTimeout(this.#timer);
    const failures: unknown[] = [];
    for (const segment of this.#segments.filter(({ name }) => !isKept(name))) {
      try {
        await this.#remove(segment);
      } catch (error) {
        failures.push(error);
      }
    }
    const [err] = failures;
    if (err !== undefined && !this.#isStopped) {
      this.#timer = setTimeout(() => void this.remove(), retryIntervalMs).unref();
    }
    if (err !== undefined && !this.#isFailing) {
      logger.warn({ err }, 'a segment of the spool was drained, and cannot be removed yet');
    }
    this.#isFailing = err !== undefined;
  }

  async #remove(segment: SpooledSegment): Promise<void> {
    const { directory, check } = this.#deps;
    await check();
    await rm(join(directory, segment.name), { force: true });
    // That succeeds too while the directory is away.
    await check();
    this.#segments = this.#segments.filter((other) => other !== segment);
  }
}
