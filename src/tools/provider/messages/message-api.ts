import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import type { ProviderApiConfig } from '../../../config/provider-api-config.ts';
import { Backoff } from '../../../runtime/backoff.ts';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import { toIso } from '../../../runtime/format.ts';
import { isTemporary, ProviderApiError } from '../api/provider-api-error.ts';
import {
  createProviderCaller,
  type ProviderAnswer,
  type ProviderCall,
  parseAnswer,
} from '../api/provider-call.ts';
import { type MessageCounts, messageCountsSchema, messageSchema } from './message-schemas.ts';

/** What the provider says of a message. What its answer leaves out is `undefined`. */
export interface MessageState {
  readonly messageId: string;
  /** `processing`, `retrying`, `sent`, `delivered`, `read`, `expired`, `failed`, `filtered`, or one that is new. */
  readonly status: string | undefined;
  /** Epoch milliseconds. */
  readonly updatedMs: number | undefined;
  /** The answer as it came. */
  readonly json: string;
}

/**
 * The two parts of the provider's API that say what happened. Every call rejects with `ProviderApiError`; temporary failures
 * are waited out as `ProviderReaderDeps` say.
 *
 * @see https://developer.dotdigital.com/reference/omnichannel-api
 */
export interface MessageApi {
  /** @returns `undefined` for a message that the provider does not know */
  findMessage(messageId: string): Promise<MessageState | undefined>;
  /**
   * The counts of each hour that the provider has, in order. An hour may be missing: whether nothing happened in it the
   * provider does not say.
   *
   * @param fromMs start of an hour, epoch milliseconds
   * @param toMs start of the first hour that does not count
   */
  countByHour(fromMs: number, toMs: number): Promise<readonly MessageCounts[]>;
}

const hourMs = 3_600_000;
/** So that no answer is longer than what is read of one: 3 KB for each hour of an account with many channels. */
const maxHoursOfCall = 7 * 24;

export function createMessageApi(config: ProviderApiConfig, deps: ProviderReaderDeps): MessageApi {
  const read = createProviderReader(config, deps);

  async function countHours(fromMs: number, toMs: number): Promise<readonly MessageCounts[]> {
    const query = new URLSearchParams({ from: toIso(fromMs), to: toIso(toMs), by: 'hour' });
    const answer = await read({ path: `/cpaas/analytics/messages?${query.toString()}`, right: 'analytics' });
    const counts = parseAnswer(v.array(messageCountsSchema), answer);
    const seen = new Set<number>();
    for (const { startMs } of counts) {
      const isAskedFor = startMs >= fromMs && startMs < toMs && startMs % hourMs === 0;
      if (!isAskedFor || seen.has(startMs)) {
        throw new ProviderApiError(
          'unexpected_answer',
          `The answer to ${answer.what} has ${isAskedFor ? 'twice the hour' : 'what was not asked for, the time'} ${toIso(startMs)}.`,
        );
      }
      seen.add(startMs);
    }
    return counts.toSorted((a, b) => a.startMs - b.startMs);
  }

  return {
    async findMessage(messageId) {
      const path = `/cpaas/messages/${encodeURIComponent(messageId)}`;
      try {
        const answer = await read({ path, right: 'messages' });
        const { status, _updatedOn: updatedMs, ...message } = parseAnswer(messageSchema, answer);
        if (message.messageId !== undefined && message.messageId !== messageId) {
          throw new ProviderApiError(
            'unexpected_answer',
            `The answer to ${answer.what} is about another message.`,
          );
        }
        return { messageId, status, updatedMs, json: answer.text };
      } catch (error) {
        if (error instanceof ProviderApiError && error.code === 'not_found') {
          return undefined;
        }
        throw error;
      }
    },
    async countByHour(fromMs, toMs) {
      const counts: MessageCounts[] = [];
      for (let startMs = fromMs; startMs < toMs; startMs += maxHoursOfCall * hourMs) {
        counts.push(...(await countHours(startMs, Math.min(toMs, startMs + maxHoursOfCall * hourMs))));
      }
      return counts;
    },
  };
}

interface ProviderReaderDeps {
  /** Ends what is under way: it rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** For the operator, one sentence before each wait. */
  readonly onWarning: (text: string) => void;
  readonly clock?: Clock;
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** For one read, in all, of a provider that limits the rate or has a trouble. */
const maxWaitMs = 600_000;
const backoffMs = { first: 1_000, last: 60_000 };
/** For failures other than 429, which says by itself that the next one may succeed. */
const maxFailures = 5;

/**
 * Reads the API, and reads again after a temporary failure. `Retry-After` and 429 hold up all reads, those too that are made at
 * the same time. Rejects with `ProviderApiError`.
 */
function createProviderReader(
  config: ProviderApiConfig,
  deps: ProviderReaderDeps,
): (call: Omit<ProviderCall, 'method'>) => Promise<ProviderAnswer> {
  const { signal, onWarning, clock = systemClock } = deps;
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
          onWarning(`${error.message} Trying again in ${delayMs / 1_000} s.`);
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
