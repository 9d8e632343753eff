import { isDeepStrictEqual } from 'node:util';
import type { Logger } from './logger.ts';

export interface ReloadingValue<T> {
  readonly current: T;
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
  let lastFailure: string | undefined;

  function reload(): void {
    try {
      const next = load();
      lastFailure = undefined;
      if (!isDeepStrictEqual(next, current)) {
        onChange?.(next);
        current = next;
        logger.info({ name }, 'reloaded after a change');
      }
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      if (failure !== lastFailure) {
        lastFailure = failure;
        logger.error({ name, failure }, 'the changed files are not usable, the last good state stays in use');
      }
    }
  }

  const timer = setInterval(reload, intervalMs).unref();
  return {
    get current() {
      return current;
    },
    stop: () => clearInterval(timer),
  };
}
