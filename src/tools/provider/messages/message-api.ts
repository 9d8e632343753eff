import * as v from 'valibot';
import type { ProviderApiConfig } from '../../../config/provider-api-config.ts';
import { toIso } from '../../../runtime/format.ts';
import { ProviderApiError } from '../api/provider-api-error.ts';
import { parseAnswer } from '../api/provider-call.ts';
import { createProviderReader, type ProviderReaderDeps } from '../api/provider-reader.ts';
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
