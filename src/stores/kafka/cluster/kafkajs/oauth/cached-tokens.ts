import type { Clock } from '../../../../../runtime/clock.ts';
import { describeError } from '../../../../../runtime/errors.ts';
import { ConnectionError } from '../../errors/connection-error.ts';
import type { LimitedToken, TokenSource } from './oauth-token.ts';

/** As Kafka's own client: a token is renewed after this part of its life. */
const renewAfter = 0.8;
/**
 * Before its end a token is not used any more: it has to arrive, and clocks differ. A session is no longer than the rest of
 * its token, whose end is in whole seconds, and the broker takes the next login after a second at the earliest.
 */
const marginMs = { min: 3_000, max: 5_000 };
/** A token that a broker refused may have been issued wrongly: no other one is asked for so soon after it. */
const refusedPauseMs = 5_000;
/** After a failure the endpoint is left alone for this time: many refusals in a row can lock a client out. */
const pauseMs = 1_000;

export interface CachedTokensDeps {
  /** Must end by itself, in bounded time. */
  readonly fetchToken: () => Promise<LimitedToken>;
  readonly clock: Clock;
}

interface Kept {
  readonly token: LimitedToken;
  readonly askedAt: number;
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
      const { min, max } = marginMs;
      const usableMs = lifeMs - Math.min(Math.max(lifeMs * (1 - renewAfter), min), max);
      kept = {
        token,
        askedAt,
        renewAt: askedAt + Math.min(lifeMs * renewAfter, usableMs),
        usableUntil: askedAt + usableMs,
      };
      failure = undefined;
      return token;
    } catch (error) {
      failure = new ConnectionError('authentication', describeError(error), { cause: error });
      pausedUntil = clock.now() + pauseMs;
      throw failure;
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
      fetching ??= renew().finally(() => {
        fetching = undefined;
      });
      if (usable === undefined) {
        return fetching;
      }
      // `failure` keeps the reason.
      fetching.catch(() => undefined);
      return usable;
    },
    refuse(token, error) {
      if (kept?.token === token) {
        pausedUntil = kept.askedAt + refusedPauseMs;
        kept = undefined;
        failure = error;
      }
    },
    failure: () => failure,
  };
}
