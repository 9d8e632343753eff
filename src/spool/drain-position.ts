import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalPosition } from '../journal/read-journal.ts';
import type { Logger } from '../runtime/logger.ts';
import { writeDrainedNote } from './drained-note.ts';
import type { Spooled, SpooledSegment } from './find-spooled.ts';

interface DrainPositionDeps {
  readonly directory: string;
  readonly logger: Logger;
  /** A line of that segment stands nowhere else. */
  readonly isKept: (segment: string) => boolean;
  /** @throws when the directory is away, or another process's */
  readonly check: () => Promise<void>;
}

/** The segments of a spool that are not drained, and how far the first of them is. */
export class DrainPosition {
  readonly #deps: DrainPositionDeps;
  /** Oldest first; the last one may be written. */
  readonly #segments: SpooledSegment[];
  #offset: number;
  /** They are drained, and could not be removed yet. */
  #drained: SpooledSegment[] = [];

  constructor({ segments, offset }: Pick<Spooled, 'segments' | 'offset'>, deps: DrainPositionDeps) {
    this.#deps = deps;
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
    return [...this.#segments, ...this.#drained].reduce((sum, { size }) => sum + size, 0);
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
    this.#drained.push(...this.#segments.splice(0, 1));
    this.#offset = 0;
    await this.removeDrained();
  }

  /** Removes the segments that are drained. What cannot be removed is tried again, and drained again after a restart. */
  async removeDrained(): Promise<void> {
    const { directory, logger, isKept, check } = this.#deps;
    const drained = this.#drained;
    this.#drained = drained.filter(({ name }) => isKept(name));
    for (const segment of drained.filter(({ name }) => !isKept(name))) {
      try {
        await rm(join(directory, segment.name), { force: true });
        // That succeeds too while the directory is away.
        await check();
      } catch (error) {
        this.#drained.push(segment);
        logger.warn({ err: error }, 'a segment of the spool was drained, and cannot be removed');
      }
    }
  }
}
