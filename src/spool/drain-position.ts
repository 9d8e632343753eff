import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalPosition } from '../journal/read-journal.ts';
import type { Logger } from '../runtime/logger.ts';
import { writeDrainedNote } from './drained-note.ts';
import type { Spooled, SpooledSegment } from './find-spooled.ts';

/** The segments of a spool that are not drained, and how far the first of them is. */
export class DrainPosition {
  readonly #directory: string;
  readonly #logger: Logger;
  /** Oldest first; the last one is written. */
  readonly #segments: SpooledSegment[];
  #position: JournalPosition;

  constructor(
    { segments, position }: Pick<Spooled, 'segments' | 'position'>,
    { directory, logger }: { readonly directory: string; readonly logger: Logger },
  ) {
    this.#directory = directory;
    this.#logger = logger;
    this.#segments = segments;
    this.#position = position;
  }

  get current(): JournalPosition {
    return this.#position;
  }

  /** Durable bytes of the segment that is being drained. */
  get segmentSize(): number {
    return this.#segments[0]?.size ?? 0;
  }

  /** Of all segments, with what is drained of the first one. */
  get bytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0);
  }

  get remainingBytes(): number {
    return this.bytes - this.#position.offset;
  }

  /** Where the next segment begins, if there is one. */
  get nextSegment(): JournalPosition | undefined {
    const following = this.#segments[1];
    return following && { segment: following.name, offset: 0 };
  }

  /** The writer has come to this end. It begins new segments by itself. */
  follow({ segment, offset }: JournalPosition): void {
    const last = this.#segments.at(-1);
    if (last?.name === segment) {
      last.size = offset;
    } else {
      this.#segments.push({ name: segment, size: offset });
    }
  }

  /**
   * All before this position was drained. Notes that, and removes the segments before it. On a full disk the note cannot be
   * written. That must not keep the spool from making room, and an old note only repeats records.
   */
  async moveTo(position: JournalPosition): Promise<void> {
    const drained = this.#segments.filter(({ name }) => name < position.segment);
    this.#segments.splice(0, drained.length);
    this.#position = position;
    try {
      await writeDrainedNote(this.#directory, position);
    } catch (error) {
      this.#logger.warn({ err: error }, 'how far the spool was drained could not be noted');
    }
    for (const { name } of drained) {
      await rm(join(this.#directory, name), { force: true });
    }
  }
}
