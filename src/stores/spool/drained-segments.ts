import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../runtime/logger.ts';
import type { SpooledSegment } from './find-spooled.ts';

export interface DrainedSegmentsDeps {
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
