import { systemClock } from '../../runtime/clock.ts';
import { ConnectionError } from '../errors/connection-error.ts';

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
