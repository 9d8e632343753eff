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

/** The provider's state of a message. Members that the response omits are `undefined`. */
export interface MessageState {
  readonly messageId: string;
  /** `processing`, `retrying`, `sent`, `delivered`, `read`, `expired`, `failed`, `filtered`, or an undocumented value. */
  readonly status: string | undefined;
  /** Epoch milliseconds. */
  readonly updatedMs: number | undefined;
  /** The unchanged body of the provider's response. */
  readonly json: string;
}

/**
 * The two parts of the provider's API that report on messages. Every call rejects with `ProviderApiError`. Temporary failures
 * are retried first, see `createProviderReader`.
 *
 * @see https://developer.dotdigital.com/reference/omnichannel-api
 */
export interface MessageApi {
  /** Requests the state of a message. @returns `undefined` for a message that the provider does not know */
  findMessage(messageId: string): Promise<MessageState | undefined>;
  /**
   * Requests the counts by hour, in order. An hour may be missing, and the provider does not say whether the counts of
   * a missing hour are zero.
   *
   * @param fromMs start of the first hour, epoch milliseconds
   * @param toMs end of the last hour
   */
  countByHour(fromMs: number, toMs: number): Promise<readonly MessageCounts[]>;
}

const hourMs = 3_600_000;
/**
 * Maximum number of hours that a request covers. The limit bounds the size of a response: for an account with many
 * channels, each hour adds 3 KB.
 */
const maxHoursPerCall = 7 * 24;

export function createMessageApi(config: ProviderApiConfig, deps: ProviderReaderDeps): MessageApi {
  const callWithRetries = createProviderReader(config, deps);

  async function countHours(fromMs: number, toMs: number): Promise<readonly MessageCounts[]> {
    const query = new URLSearchParams({ from: toIso(fromMs), to: toIso(toMs), by: 'hour' });
    const answer = await callWithRetries({
      path: `/cpaas/analytics/messages?${query.toString()}`,
      right: 'analytics',
    });
    const counts = parseAnswer(v.array(messageCountsSchema), answer);
    const requestedHours = new Set<number>();
    for (const { startMs } of counts) {
      const isRequestedHour = startMs >= fromMs && startMs < toMs && startMs % hourMs === 0;
      if (!isRequestedHour || requestedHours.has(startMs)) {
        throw new ProviderApiError(
          'unexpected_answer',
          isRequestedHour
            ? `The response to ${answer.requestLine} contains the hour ${toIso(startMs)} twice.`
            : `The response to ${answer.requestLine} contains the time ${toIso(startMs)}, which was not requested.`,
        );
      }
      requestedHours.add(startMs);
    }
    return counts.toSorted((a, b) => a.startMs - b.startMs);
  }

  return {
    async findMessage(messageId) {
      const path = `/cpaas/messages/${encodeURIComponent(messageId)}`;
      try {
        const answer = await callWithRetries({ path, right: 'messages' });
        const { status, _updatedOn: updatedMs, ...message } = parseAnswer(messageSchema, answer);
        if (message.messageId !== undefined && message.messageId !== messageId) {
          throw new ProviderApiError(
            'unexpected_answer',
            `The response to ${answer.requestLine} is about another message.`,
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
      for (let startMs = fromMs; startMs < toMs; startMs += maxHoursPerCall * hourMs) {
        counts.push(...(await countHours(startMs, Math.min(toMs, startMs + maxHoursPerCall * hourMs))));
      }
      return counts;
    },
  };
}

interface ProviderReaderDeps {
  /** Cancels all calls, which then reject with the signal's reason. */
  readonly signal: AbortSignal;
  /** Callback that is called before each wait, with a sentence for the operator. */
  readonly onWarning: (text: string) => void;
  readonly clock?: Clock;
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** Maximum total time that one read waits before retries. */
const maxWaitMs = 600_000;
const backoffMs = { first: 1_000, last: 60_000 };
/** Maximum number of failures of one read. A 429 does not count, because it announces that a later call may succeed. */
const maxFailures = 5;

/**
 * Creates a function that reads the API and retries after temporary failures. A 429 or a `Retry-After` pauses all reads, including
 * concurrent ones. Rejects with `ProviderApiError`.
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
        const isRateLimited = error.code === 'rate_limited';
        failures += isRateLimited ? 0 : 1;
        const delayMs = error.retryAfterMs ?? backoff.next();
        const exceedsMaxWait = clock.now() - startedAt + delayMs > maxWaitMs;
        if (failures >= maxFailures || exceedsMaxWait) {
          throw error;
        }
        const retryAt = clock.now() + delayMs;
        if (retryAt > pausedUntil) {
          onWarning(`${error.message} Retrying in ${delayMs / 1_000} s.`);
        }
        if (isRateLimited || error.retryAfterMs !== undefined) {
          pausedUntil = Math.max(pausedUntil, retryAt);
        } else {
          await wait(delayMs, signal);
        }
      }
    }
  };
}
