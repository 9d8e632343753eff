import { isDeepStrictEqual } from 'node:util';
import { describeError } from './describe-error.ts';
import type { Logger } from './logger.ts';

export interface ReloadingValue<T> {
  readonly current: T;
  /** Why what is there now is not usable, while the last good value stays. */
  readonly failure: string | undefined;
  stop(): void;
}

export interface ReloadingValueOptions<T> {
  /** What it is, for the log. */
  readonly name: string;
  /** Reads the value as it is now; throws when that is not usable. */
  readonly load: () => T;
  readonly onChange?: (value: T) => void;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/**
 * A value from files that change while the process runs: a rotated secret, a renewed certificate. It is read again at an
 * interval, because file events do not arrive from every mount. A state that is not usable keeps the last good value.
 *
 * @throws what `load` throws at first
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
