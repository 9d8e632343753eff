import { setTimeout as delay } from 'node:timers/promises';
import type { ProviderApiConfig } from '../../../config/provider-api-config.ts';
import { Backoff } from '../../../runtime/backoff.ts';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import { isTemporary } from './provider-api-error.ts';
import { createProviderCaller, type ProviderAnswer, type ProviderCall } from './provider-call.ts';

export interface ProviderReaderDeps {
  /** Ends what is under way: it rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** For the operator, one sentence before each wait. */
  readonly onNotice: (text: string) => void;
  /** How long one read may wait in all for a provider that limits the rate or has a trouble. Default: 10 minutes. */
  readonly maxWaitMs?: number;
  readonly clock?: Clock;
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const usualMaxWaitMs = 600_000;
const backoffMs = { first: 1_000, last: 60_000 };
/** For failures other than 429, which says by itself that the next one may succeed. */
const maxFailures = 5;

/**
 * Reads the API, and reads again after a temporary failure. `Retry-After` and 429 hold up all reads, those too that are made at
 * the same time. Rejects with `ProviderApiError`.
 */
export function createProviderReader(
  config: ProviderApiConfig,
  deps: ProviderReaderDeps,
): (call: Omit<ProviderCall, 'method'>) => Promise<ProviderAnswer> {
  const { signal, onNotice, maxWaitMs = usualMaxWaitMs, clock = systemClock } = deps;
  const wait = deps.delay ?? ((ms: number) => delay(ms, undefined, { signal }));
  const call = createProviderCaller(config);
  let pausedUntil = 0;

  return async (request) => {
    const backoff = new Backoff(backoffMs);
    const startedAt = clock.now();
    for (let failures = 0; ; ) {
      while (clock.now() < pausedUntil) {
        await wait(pausedUntil - clock.now(), signal);
      }
      try {
        return await call({ ...request, method: 'GET', signal });
      } catch (error) {
        if (!isTemporary(error)) {
          throw error;
        }
        const isLimited = error.code === 'rate_limited';
        failures += isLimited ? 0 : 1;
        const delayMs = error.retryAfterMs ?? backoff.next();
        const isTooLate = clock.now() - startedAt + delayMs > maxWaitMs;
        if (failures >= maxFailures || isTooLate) {
          throw error;
        }
        const until = clock.now() + delayMs;
        if (until > pausedUntil) {
          onNotice(`${error.message} Trying again in ${delayMs / 1_000} s.`);
        }
        if (isLimited || error.retryAfterMs !== undefined) {
          pausedUntil = Math.max(pausedUntil, until);
        } else {
          await wait(delayMs, signal);
        }
      }
    }
  };
}
