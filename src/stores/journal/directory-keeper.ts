import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, toError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { makeDirectory } from '../../runtime/make-directory.ts';
import { InUseError } from './directory-lease.ts';

/** Between attempts to open a directory, and to write to a disk that failed. */
export const defaultProbeIntervalMs = 1_000;

/** A file system gives them until somebody changes a right, a mount or a name. */
const refusals = ['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR'];

/** What a process has a directory for. */
interface Opened {
  /** Resolves when another process has taken the directory over. */
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

export interface DirectoryKeeperOptions<T extends Opened> {
  readonly name: 'journal' | 'spool';
  readonly directory: string;
  /** The variable that names the directory. */
  readonly variable: string;
  /** @throws {Error} when the directory cannot be used, or another process has it */
  readonly open: (signal: AbortSignal) => Promise<T>;
  readonly retryIntervalMs: number;
  /** What it means that it cannot be opened, for the log; may be empty. */
  readonly consequence: string;
  readonly logger: Logger;
}

/** Opens a journal or a spool, and opens it again after it could not be opened or was lost to another process. */
export class DirectoryKeeper<T extends Opened> {
  readonly #options: DirectoryKeeperOptions<T>;
  readonly #closed = new AbortController();
  readonly #tried = Promise.withResolvers<void>();
  #current: T | undefined;
  #openProblem: string;
  #isRefused = false;
  #isMade = false;
  #opening: Promise<void> = Promise.resolve();

  constructor(options: DirectoryKeeperOptions<T>) {
    this.#options = options;
    this.#openProblem = `the ${options.name} is not open yet`;
  }

  /** `undefined` when it is not open. */
  get current(): T | undefined {
    return this.#current;
  }

  /** Why it is not open, or was not at last. */
  get openProblem(): string {
    return this.#openProblem;
  }

  /** The last attempt failed for what does not pass by itself. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Settles with the first attempt of `keepOpen`. */
  get tried(): Promise<void> {
    return this.#tried.promise;
  }

  get isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  /** Opens it as often as that is needed. Resolves when it is open for the first time, or closed for good. */
  keepOpen(): Promise<void> {
    this.#opening = this.#openInTime();
    return this.#opening;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#opening;
    await this.#current?.close();
  }

  async #openInTime(): Promise<void> {
    const { signal } = this.#closed;
    while (this.#current === undefined && !signal.aborted) {
      await this.#open();
      this.#tried.resolve();
      if (this.#current === undefined) {
        await delay(this.#options.retryIntervalMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Tries once. Why it did not succeed is logged, and is the `openProblem`. */
  async #open(): Promise<void> {
    const { name, directory, variable, open, consequence, logger } = this.#options;
    try {
      // Once: a directory that vanishes later may be a disk that is not mounted.
      if (!this.#isMade) {
        await makeDirectory(directory, variable);
        this.#isMade = true;
      }
      const opened = await open(this.#closed.signal);
      this.#current = opened;
      this.#isRefused = false;
      void opened.lost.then(() => this.#lose(opened));
    } catch (error) {
      const { message: reason, cause } = toError(error);
      const message =
        error instanceof InUseError
          ? `${reason}: stop that process, or set ${variable} to another directory`
          : reason;
      this.#isRefused = [error, cause].some(
        (each) => each instanceof InUseError || hasCode(each, ...refusals),
      );
      if (message !== this.#openProblem && !this.isClosed) {
        logger.error({ err: error, directory }, `the ${name} cannot be opened${consequence}: ${message}`);
        this.#openProblem = message;
      }
    }
  }

  #lose(lost: T): void {
    const { name, directory, logger } = this.#options;
    this.#current = undefined;
    this.#openProblem = `the ${name} was taken over by another process`;
    logger.error({ directory }, this.#openProblem);
    this.#opening = lost
      .close()
      .catch(() => {})
      .then(() => this.#openInTime());
  }
}
