import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, toError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { makeDirectory } from '../../runtime/make-directory.ts';
import { InUseError } from './directory-lease.ts';

/** Default interval in milliseconds between attempts to open a directory, or to write to a disk that failed. */
export const defaultProbeIntervalMs = 1_000;

/** Error codes that persist until an operator changes a permission, a mount or a name. */
const permanentErrorCodes = ['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR'];

/** A journal or a spool that uses the directory. */
interface OpenedDirectory {
  /** Resolves when another process has taken over the directory. */
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

export interface DirectoryKeeperOptions<T extends OpenedDirectory> {
  readonly name: 'journal' | 'spool';
  readonly directory: string;
  /** Name of the variable that sets the directory. */
  readonly variable: string;
  /**
   * Opens the journal or spool.
   *
   * @throws {Error} if the directory cannot be used, or another process is using it
   */
  readonly open: (signal: AbortSignal) => Promise<T>;
  readonly retryIntervalMs: number;
  /** Consequence of not being able to open the directory, as a sentence for the log. May be empty. */
  readonly consequence: string;
  readonly logger: Logger;
}

/**
 * Opens a journal or a spool. Retries until the directory is open, and reopens it after another process has taken it
 * over.
 */
export class DirectoryKeeper<T extends OpenedDirectory> {
  readonly #options: DirectoryKeeperOptions<T>;
  readonly #closed = new AbortController();
  readonly #firstAttempt = Promise.withResolvers<void>();
  #current: T | undefined;
  #openProblem: string;
  #isFinal = false;
  #isCreated = false;
  #opening: Promise<void> = Promise.resolve();

  constructor(options: DirectoryKeeperOptions<T>) {
    this.#options = options;
    this.#openProblem = `the ${options.name} is not open yet`;
  }

  /** The open journal or spool, or `undefined` if it is not open. */
  get current(): T | undefined {
    return this.#current;
  }

  /** Reason for the most recent failure to open the journal or spool. */
  get openProblem(): string {
    return this.#openProblem;
  }

  /** Whether the last attempt failed with an error that does not resolve by itself. */
  get isFinal(): boolean {
    return this.#isFinal;
  }

  /** Settles when the first attempt of `keepOpen` settles. */
  get firstAttempt(): Promise<void> {
    return this.#firstAttempt.promise;
  }

  get isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  /**
   * Opens the journal or spool, and keeps it open until `close`. Resolves when the directory is first opened, or when
   * `close` is called.
   */
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
      this.#firstAttempt.resolve();
      if (this.#current === undefined) {
        await delay(this.#options.retryIntervalMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Makes one attempt to open the directory. If it fails, the error is logged and stored in `openProblem`. */
  async #open(): Promise<void> {
    const { name, directory, variable, open, consequence, logger } = this.#options;
    try {
      // The directory is created only once, because a directory that disappears later may be on a disk that was
      // unmounted.
      if (!this.#isCreated) {
        await makeDirectory(directory, variable);
        this.#isCreated = true;
      }
      const openedDirectory = await open(this.#closed.signal);
      this.#current = openedDirectory;
      this.#isFinal = false;
      void openedDirectory.lost.then(() => this.#lose(openedDirectory));
    } catch (error) {
      const { message: reason, cause } = toError(error);
      const message =
        error instanceof InUseError
          ? `${reason}. Stop that process, or set ${variable} to another directory`
          : reason;
      this.#isFinal = [error, cause].some(
        (each) => each instanceof InUseError || hasCode(each, ...permanentErrorCodes),
      );
      if (message !== this.#openProblem && !this.isClosed) {
        // A stack trace would not help the operator, who must change a setting or a permission.
        const fields = this.#isFinal ? { directory } : { err: error, directory };
        const text = `the ${name} cannot be opened: ${message}`;
        logger.error(fields, consequence === '' ? text : `${text.replace(/\.$/, '')}. ${consequence}`);
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
