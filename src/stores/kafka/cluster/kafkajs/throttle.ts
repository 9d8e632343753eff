import { systemClock } from '../../../../runtime/clock.ts';
import { ConnectionError } from '../errors/connection-error.ts';

/**
 * Pause of one connection while a quota is exceeded. The response specifies the length of the pause, during which the
 * broker does not read from the connection.
 *
 * @see https://cwiki.apache.org/confluence/display/KAFKA/KIP-219
 */
export interface Throttle {
  /**
   * Returns the time at which the pause ends, as a `Clock.now` value. If requests may be sent, this time has passed.
   */
  until(): number;
  /** Extends the pause to at least this many milliseconds from now. A value of 0 or less has no effect. */
  extend(throttleMs: number): void;
  /** Resolves when requests may be sent. If the pause is extended during the wait, the wait is extended too. */
  whenOver(): Promise<void>;
  /** Resolves all waits. Must be called when the connection ends. */
  stop(): void;
}

export function createThrottle(): Throttle {
  let until = 0;
  const stopped = new AbortController();
  const waiting = new Map<() => void, NodeJS.Timeout>();

  function pauseRequests(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const resumeRequests = (): void => {
        clearTimeout(waiting.get(resumeRequests));
        waiting.delete(resumeRequests);
        resolve();
      };
      waiting.set(resumeRequests, setTimeout(resumeRequests, ms));
    });
  }

  return {
    until: () => until,
    extend(throttleMs) {
      if (throttleMs > 0) {
        until = Math.max(until, systemClock.now() + throttleMs);
      }
    },
    async whenOver() {
      const leftMs = () => until - systemClock.now();
      while (leftMs() > 0 && !stopped.signal.aborted) {
        await pauseRequests(leftMs());
      }
    },
    stop() {
      stopped.abort();
      for (const wake of waiting.keys()) {
        wake();
      }
    },
  };
}

/**
 * Rejects if a request takes too long, like `withDeadline`, but does not count the time of a pause that a quota
 * requires.
 *
 * @param throttledUntil returns the time at which the pause ends, as a `Clock.now` value; it is called again before the
 * request times out, because the pause may have been extended
 */
export function withTimeout<T>(
  promise: Promise<T>,
  timeoutMs: number,
  what: string,
  throttledUntil: () => number,
): Promise<T> {
  const startedAt = systemClock.now();
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout;
    function arm(ms: number): void {
      timer = setTimeout(() => {
        const leftMs = throttledUntil() > startedAt ? throttledUntil() + timeoutMs - systemClock.now() : 0;
        if (leftMs > 0) {
          arm(leftMs);
        } else {
          reject(new ConnectionError('timeout', `${what} took longer than ${timeoutMs} ms`));
        }
      }, ms);
    }
    arm(timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
