import type { SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type HeaderRules, toCommonHeaders } from '../../webhook/record-headers.ts';
import type { MessageApi, MessageState } from '../provider/messages/message-api.ts';
import { type Agreement, compareStates } from './message-status.ts';
import type { OpenMessage, StateSurvey } from './state-survey.ts';

/** As `Agreement`; `recent`: `missing` so far, and its event may still come. */
export type MessageOutcome = Agreement | 'recent';

export const messageOutcomes: readonly MessageOutcome[] = [
  'missing',
  'unknown',
  'behind',
  'unclear',
  'recent',
  'agrees',
];

/** What became of a message. */
export interface MessageResult {
  readonly messageId: string;
  readonly outcome: MessageOutcome;
  /** The event with the last stored state. */
  readonly stored: { readonly name: string; readonly revision?: string | undefined; readonly atMs: number };
  /** `undefined` for a message that the provider does not know. */
  readonly said?:
    | { readonly status?: string | undefined; readonly updatedMs?: number | undefined }
    | undefined;
}

/** A state that was asked for, and its answer as it came. */
export interface RequestedState extends MessageResult {
  readonly askedAtMs: number;
  readonly json: string;
}

export interface NamesDeps {
  readonly survey: Pick<StateSurvey, 'takeOpen'>;
  readonly findMessage: MessageApi['findMessage'];
  /** Missing states that changed since are `recent`: the provider may still send them. Epoch milliseconds. */
  readonly recentMs: number;
  /** Calls per second at most. */
  readonly rate: number;
  readonly clock: Clock;
  readonly delay: (ms: number) => Promise<unknown>;
  /** Stores the missing states of a round. Resolves when they are stored. */
  readonly store: (states: readonly RequestedState[]) => Promise<void>;
  /** Takes each round, after it is stored. */
  readonly take: (results: readonly MessageResult[]) => Promise<void>;
}

/** Names that are in memory at once. */
const partSize = 100_000;
const concurrency = 8;

/** Asks the provider for every open message. Rejects with the first failure; what was taken before is whole. */
export async function reconcileMessages(deps: NamesDeps): Promise<void> {
  const { survey, store, take } = deps;
  const ask = createAsker(deps);
  let open: readonly OpenMessage[];
  do {
    // The store is not read while the provider is asked: that may take hours, and no connection lies idle for so long.
    open = await survey.takeOpen(partSize);
    for (let at = 0; at < open.length; at += concurrency) {
      const answers = await Promise.all(open.slice(at, at + concurrency).map(ask));
      const missing = answers.flatMap(({ state }) => (state === undefined ? [] : [state]));
      if (missing.length > 0) {
        await store(missing);
      }
      await take(answers.map(({ result }) => result));
    }
  } while (open.length === partSize);
}

function createAsker({ findMessage, recentMs, rate, clock, delay }: NamesDeps) {
  let nextAt = 0;

  return async ({ messageId, status, name, revision, storedAtMs }: OpenMessage) => {
    const now = clock.now();
    const at = Math.max(now, nextAt);
    nextAt = at + 1_000 / rate;
    if (at > now) {
      await delay(at - now);
    }
    const said = await findMessage(messageId);
    const result: MessageResult = {
      messageId,
      outcome: evaluateMessage(status, said, recentMs),
      stored: { name, revision, atMs: storedAtMs },
      said: said && { status: said.status, updatedMs: said.updatedMs },
    };
    const state =
      result.outcome === 'missing' && said !== undefined
        ? { ...result, askedAtMs: clock.epochMs(), json: said.json }
        : undefined;
    return { result, state };
  };
}

function evaluateMessage(
  stored: OpenMessage['status'],
  said: MessageState | undefined,
  recentMs: number,
): MessageOutcome {
  const agreement = compareStates(stored, said);
  return agreement === 'missing' && (said?.updatedMs ?? Number.NEGATIVE_INFINITY) >= recentMs
    ? 'recent'
    : agreement;
}

/**
 * A state that was asked for: the provider's answer as it came, under the key of the message. It is no event, and has no header
 * of one, no revision above all.
 */
export function toReconciledRecord(
  { messageId, json, askedAtMs, stored, said }: RequestedState,
  topic: string,
  headerRules: HeaderRules,
): SinkRecord {
  const origin = {
    webhook: undefined,
    receivedAt: new Date(askedAtMs).toISOString(),
    traceparent: undefined,
  };
  return {
    topic,
    key: messageId,
    value: Buffer.from(json),
    headers: {
      ...toCommonHeaders(origin, headerRules),
      'content-type': 'application/json',
      status: said?.status ?? '',
      'stored-state': stored.name,
    },
  };
}
