import { isDeepStrictEqual } from 'node:util';
import { describeError } from './errors.ts';
import type { Logger } from './logger.ts';

export interface ReloadingValueOptions<T> {
  /** Name of the value in log lines. */
  readonly name: string;
  /** Reads the value at the start, synchronously. Throws if it is not usable. */
  readonly load: () => T;
  /** Asynchronous variant of `load` that does not block the running process. */
  readonly reload: () => Promise<T>;
  readonly onChange?: (value: T) => void;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/**
 * A value from files that change while the process runs, such as a renewed certificate. The files are polled, because
 * not every mount supports file events. While reading fails or hangs, the last value stays in use. An invalid secret
 * file is not a failure but a part of the value (docs/decisions/001-answers.md#a-delivery-that-no-secret-can-verify).
 */
export class ReloadingValue<T> {
  readonly #options: ReloadingValueOptions<T>;
  readonly #timer: NodeJS.Timeout;
  #current: T;
  #failure: string | undefined;
  #isReading = false;
  #isStopped = false;

  /** @throws any error that the first `load` throws */
  constructor(options: ReloadingValueOptions<T>) {
    this.#options = options;
    this.#current = options.load();
    this.#timer = setInterval(() => void this.#reload(), options.intervalMs).unref();
  }

  get current(): T {
    return this.#current;
  }

  /** Reason why the value cannot be read at present, or `undefined`. The last valid value stays in use. */
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
      const reloadedValue = await reload();
      if (!this.#isStopped && !isDeepStrictEqual(reloadedValue, this.#current)) {
        onChange?.(reloadedValue);
        this.#current = reloadedValue;
        logger.info({ name }, 'the changed files were reloaded');
      }
      this.#failure = undefined;
    } catch (error) {
      const previousFailure = this.#failure;
      this.#failure = describeError(error);
      if (this.#failure !== previousFailure) {
        logger.error(
          { name, failure: this.#failure },
          'the changed files cannot be used; the last valid version stays in use',
        );
      }
    } finally {
      this.#isReading = false;
    }
  }
}
