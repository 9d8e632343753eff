import type { SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type HeaderRules, toCommonHeaders } from '../../webhook/record-headers.ts';
import type { MessageApi, MessageState } from '../provider/messages/message-api.ts';
import { compareStates, type StateAgreement } from './message-status.ts';
import type { OpenMessage, StateSurvey } from './state-survey.ts';

/**
 * Outcome of a comparison, like `Agreement`. `recent` is a missing state that is so new that its event may still
 * arrive.
 */
export type MessageOutcome = StateAgreement | 'recent';

export const messageOutcomes: readonly MessageOutcome[] = [
  'missing',
  'unknown',
  'behind',
  'unclear',
  'recent',
  'agrees',
];

export interface MessageResult {
  readonly messageId: string;
  readonly outcome: MessageOutcome;
  /** The event with the last stored state. */
  readonly stored: { readonly name: string; readonly revision?: string | undefined; readonly atMs: number };
  /** State that the provider reports, or `undefined` if the provider does not know the message. */
  readonly reported?:
    | { readonly status?: string | undefined; readonly updatedMs?: number | undefined }
    | undefined;
}

/** A missing state, with the provider's unchanged response. */
export interface RequestedState extends MessageResult {
  readonly requestedAtMs: number;
  readonly json: string;
}

export interface ReconcileMessagesDeps {
  readonly survey: Pick<StateSurvey, 'takeOpen'>;
  readonly findMessage: MessageApi['findMessage'];
  /** Missing states that changed after this time are `recent`, because their events may still arrive. Epoch milliseconds. */
  readonly recentMs: number;
  /** Maximum number of calls per second. */
  readonly rate: number;
  readonly clock: Clock;
  readonly delay: (ms: number) => Promise<unknown>;
  /** Stores the missing states of a round. */
  readonly store: (states: readonly RequestedState[]) => Promise<void>;
  /** Receives the results of each round, after the missing states of the round are stored. */
  readonly take: (results: readonly MessageResult[]) => Promise<void>;
}

/** Maximum number of open messages in memory. */
const maxMessagesInMemory = 100_000;
const maxConcurrentRequests = 8;

/**
 * Requests the state of every open message. Rejects with the first failure. All rounds whose results were already
 * received are complete.
 */
export async function reconcileMessages(deps: ReconcileMessagesDeps): Promise<void> {
  const { survey, store, take } = deps;
  const request = createRateLimitedRequest(deps);
  let openMessages: readonly OpenMessage[];
  do {
    // The store is not read during the requests, because they may take hours and a connection would time out.
    openMessages = await survey.takeOpen(maxMessagesInMemory);
    for (let at = 0; at < openMessages.length; at += maxConcurrentRequests) {
      const requestResults = await Promise.all(
        openMessages.slice(at, at + maxConcurrentRequests).map(request),
      );
      const missingStates = requestResults.flatMap(({ state }) => (state === undefined ? [] : [state]));
      if (missingStates.length > 0) {
        await store(missingStates);
      }
      await take(requestResults.map(({ result }) => result));
    }
  } while (openMessages.length === maxMessagesInMemory);
}

function createRateLimitedRequest({ findMessage, recentMs, rate, clock, delay }: ReconcileMessagesDeps) {
  let nextRequestAt = 0;

  return async ({ messageId, status, name, revision, storedAtMs }: OpenMessage) => {
    const now = clock.now();
    const at = Math.max(now, nextRequestAt);
    nextRequestAt = at + 1_000 / rate;
    if (at > now) {
      await delay(at - now);
    }
    const reportedState = await findMessage(messageId);
    const result: MessageResult = {
      messageId,
      outcome: evaluateMessage(status, reportedState, recentMs),
      stored: { name, revision, atMs: storedAtMs },
      reported: reportedState && { status: reportedState.status, updatedMs: reportedState.updatedMs },
    };
    const state =
      result.outcome === 'missing' && reportedState !== undefined
        ? { ...result, requestedAtMs: clock.epochMs(), json: reportedState.json }
        : undefined;
    return { result, state };
  };
}

function evaluateMessage(
  stored: OpenMessage['status'],
  reported: MessageState | undefined,
  recentMs: number,
): MessageOutcome {
  const agreement = compareStates(stored, reported);
  return agreement === 'missing' && (reported?.updatedMs ?? Number.NEGATIVE_INFINITY) >= recentMs
    ? 'recent'
    : agreement;
}

/**
 * Creates the record of a missing state: the provider's unchanged response, keyed by the message. The record is not an
 * event, so it has none of an event's headers, and in particular no revision.
 */
export function toReconciledRecord(
  { messageId, json, requestedAtMs, stored, reported }: RequestedState,
  topic: string,
  headerRules: HeaderRules,
): SinkRecord {
  const origin = {
    webhook: undefined,
    receivedAt: new Date(requestedAtMs).toISOString(),
    traceparent: undefined,
  };
  return {
    topic,
    key: messageId,
    value: Buffer.from(json),
    headers: {
      ...toCommonHeaders(origin, headerRules),
      'content-type': 'application/json',
      status: reported?.status ?? '',
      'stored-state': stored.name,
    },
  };
}
