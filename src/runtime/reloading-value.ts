import { isDeepStrictEqual } from 'node:util';
import { describeError } from './describe-error.ts';
import type { Logger } from './logger.ts';

export interface ReloadingValue<T> {
  readonly current: T;
  /** Why the value cannot be read now. The last good value stays. */
  readonly failure: string | undefined;
  stop(): void;
}

export interface ReloadingValueOptions<T> {
  /** For the log. */
  readonly name: string;
  /** Reads the value; throws when it is not usable. */
  readonly load: () => T;
  readonly onChange?: (value: T) => void;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/**
 * A value from files that change while the process runs, such as a rotated secret or a renewed certificate. It is read at
 * an interval, because not every mount has file events. While it is not usable, the last good value stays.
 *
 * @throws what the first `load` throws
 */
export function createReloadingValue<T>(options: ReloadingValueOptions<T>): ReloadingValue<T> {
  const { name, load, onChange, intervalMs, logger } = options;
  let current = load();
  let failure: string | undefined;

  function reload(): void {
    try {
      const next = load();
      if (!isDeepStrictEqual(next, current)) {
        onChange?.(next);
        current = next;
        logger.info({ name }, 'reloaded after a change');
      }
      failure = undefined;
    } catch (error) {
      const previous = failure;
      failure = describeError(error);
      if (failure !== previous) {
        logger.error({ name, failure }, 'the changed files are not usable, the last good state stays in use');
      }
    }
  }

  const timer = setInterval(reload, intervalMs).unref();
  return {
    get current() {
      return current;
    },
    get failure() {
      return failure;
    },
    stop: () => clearInterval(timer),
  };
}
