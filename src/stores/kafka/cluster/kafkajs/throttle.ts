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
  let throttledUntil = 0;
  const stopController = new AbortController();
  const waitingRequests = new Map<() => void, NodeJS.Timeout>();

  function pauseRequests(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const resumeRequests = (): void => {
        clearTimeout(waitingRequests.get(resumeRequests));
        waitingRequests.delete(resumeRequests);
        resolve();
      };
      waitingRequests.set(resumeRequests, setTimeout(resumeRequests, ms));
    });
  }

  return {
    until: () => throttledUntil,
    extend(throttleMs) {
      if (throttleMs > 0) {
        throttledUntil = Math.max(throttledUntil, systemClock.now() + throttleMs);
      }
    },
    async whenOver() {
      const calculateRemainingMs = () => throttledUntil - systemClock.now();
      while (calculateRemainingMs() > 0 && !stopController.signal.aborted) {
        await pauseRequests(calculateRemainingMs());
      }
    },
    stop() {
      stopController.abort();
      for (const wakeRequest of waitingRequests.keys()) {
        wakeRequest();
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
        const remainingMs =
          throttledUntil() > startedAt ? throttledUntil() + timeoutMs - systemClock.now() : 0;
        if (remainingMs > 0) {
          arm(remainingMs);
        } else {
          reject(new ConnectionError('timeout', `${what} took longer than ${timeoutMs} ms`));
        }
      }, ms);
    }
    arm(timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
