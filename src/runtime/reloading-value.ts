import { isDeepStrictEqual } from 'node:util';
import { describeError } from './errors.ts';
import type { Logger } from './logger.ts';

export interface ReloadingValueOptions<T> {
  /** For the log. */
  readonly name: string;
  /** Reads the value before the process serves; throws when it is not usable. */
  readonly load: () => T;
  /** The same while it serves: nothing waits in place for a file. */
  readonly reload: () => Promise<T>;
  readonly onChange?: (value: T) => void;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/**
 * A value from files that change while the process runs, such as a renewed certificate. It is read at an interval, because
 * not every mount has file events. While reading fails or does not end, the last value stays. A bad file among secrets is no
 * failure: it is part of the value that is read (docs/decisions/001-answers.md#a-delivery-that-no-secret-can-verify).
 */
export class ReloadingValue<T> {
  readonly #options: ReloadingValueOptions<T>;
  readonly #timer: NodeJS.Timeout;
  #current: T;
  #failure: string | undefined;
  #isReading = false;
  #isStopped = false;

  /** @throws what the first `load` throws */
  constructor(options: ReloadingValueOptions<T>) {
    this.#options = options;
    this.#current = options.load();
    this.#timer = setInterval(() => void this.#reload(), options.intervalMs).unref();
  }

  get current(): T {
    return this.#current;
  }

  /** Why the value cannot be read now. The last good value stays. */
  get failure(): string | undefined {
    return this.#failure;
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  async #reload(): Promise<void> {
    if (this.#isReading) {
      return;
    }
    this.#isReading = true;
    const { name, reload, onChange, logger } = this.#options;
    try {
      const next = await reload();
      if (!this.#isStopped && !isDeepStrictEqual(next, this.#current)) {
        onChange?.(next);
        this.#current = next;
        logger.info({ name }, 'reloaded after a change');
      }
      this.#failure = undefined;
    } catch (error) {
      const previous = this.#failure;
      this.#failure = describeError(error);
      if (this.#failure !== previous) {
        logger.error(
          { name, failure: this.#failure },
          'the changed files are not usable, the last good state stays in use',
        );
      }
    } finally {
      this.#isReading = false;
    }
  }
}
