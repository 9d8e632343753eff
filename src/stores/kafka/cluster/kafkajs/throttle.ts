import { systemClock } from '../../../../runtime/clock.ts';
import { ConnectionError } from '../errors/connection-error.ts';

/**
 * For how long nothing may be sent on one connection, because a quota is used up. The broker's answer says for how long;
 * it reads nothing from the connection in that time.
 *
 * @see https://cwiki.apache.org/confluence/display/KAFKA/KIP-219
 */
export interface Throttle {
  /** In the time of `Clock.now`; in the past when requests may be sent. */
  until(): number;
  /** An answer asks for a pause of so many milliseconds from now; 0 or less changes nothing. */
  note(throttleMs: number): void;
  /** Resolves when requests may be sent, also when an answer has made the pause longer meanwhile. */
  passed(): Promise<void>;
  /** The connection has ended: resolves for all that wait. */
  stop(): void;
}

export function createThrottle(): Throttle {
  let until = 0;
  const stopped = new AbortController();
  const waiting = new Map<() => void, NodeJS.Timeout>();

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(waiting.get(wake));
        waiting.delete(wake);
        resolve();
      };
      waiting.set(wake, setTimeout(wake, ms));
    });
  }

  return {
    until: () => until,
    note(throttleMs) {
      if (throttleMs > 0) {
        until = Math.max(until, systemClock.now() + throttleMs);
      }
    },
    async passed() {
      const leftMs = () => until - systemClock.now();
      while (leftMs() > 0 && !stopped.signal.aborted) {
        await pause(leftMs());
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
 * As `within`, for a request that a quota may hold back meanwhile.
 *
 * @param heldUntil in the time of `Clock.now`; the timeout begins then when that is later. Asked again when the timeout seems over
 */
export function withTimeout<T>(
  promise: Promise<T>,
  timeoutMs: number,
  what: string,
  heldUntil: () => number,
): Promise<T> {
  const startedAt = systemClock.now();
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout;
    function arm(ms: number): void {
      timer = setTimeout(() => {
        const leftMs = heldUntil() > startedAt ? heldUntil() + timeoutMs - systemClock.now() : 0;
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
