import type { Clock } from '../../../runtime/clock.ts';
import { describeError } from '../../../runtime/describe-error.ts';
import { ConnectionError } from '../../errors/connection-error.ts';
import type { LimitedToken, TokenSource } from './oauth-token.ts';

/** As Kafka's own client: a token is renewed after this part of its life. */
const renewAfter = 0.8;
/** Before its end a token is not used any more: it has to arrive, and clocks differ. */
const maxMarginMs = 5_000;
/** After a failure the endpoint is left alone for this time: many refusals in a row can lock a client out. */
const pauseMs = 1_000;

export interface CachedTokensDeps {
  /** Must end by itself, in bounded time. */
  readonly fetchToken: () => Promise<LimitedToken>;
  readonly clock: Clock;
}

interface Kept {
  readonly token: LimitedToken;
  readonly renewAt: number;
  readonly usableUntil: number;
}

/**
 * Keeps one token for all connections. Near its end it is renewed while the old one still serves, so that nobody waits
 * for the endpoint. At most one request is under way at any time.
 */
export function createCachedTokens({ fetchToken, clock }: CachedTokensDeps): TokenSource {
  let kept: Kept | undefined;
  let fetching: Promise<LimitedToken> | undefined;
  let failure: Error | undefined;
  let pausedUntil = 0;

  async function renew(): Promise<LimitedToken> {
    const askedAt = clock.now();
    try {
      const token = await fetchToken();
      const { lifeMs } = token;
      kept = {
        token,
        renewAt: askedAt + lifeMs * renewAfter,
        usableUntil: askedAt + lifeMs - Math.min(maxMarginMs, lifeMs * (1 - renewAfter)),
      };
      failure = undefined;
      return token;
    } catch (error) {
      failure = new ConnectionError('authentication', describeError(error), { cause: error });
      pausedUntil = clock.now() + pauseMs;
      throw failure;
    } finally {
      fetching = undefined;
    }
  }

  return {
    async current() {
      const now = clock.now();
      if (kept !== undefined && now < kept.renewAt) {
        return kept.token;
      }
      const usable = kept !== undefined && now < kept.usableUntil ? kept.token : undefined;
      if (failure !== undefined && now < pausedUntil) {
        return usable ?? Promise.reject(failure);
      }
      fetching ??= renew();
      if (usable === undefined) {
        return fetching;
      }
      // `failure` keeps the reason.
      fetching.catch(() => undefined);
      return usable;
    },
    failure: () => failure,
  };
}
