import { EntityTable } from '../../filter/entity-table.ts';
import { collectSkipped, type RecordSelection, type SkippedRecords } from '../../ports/record-reader.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { readFacts } from '../records/record-facts.ts';
import type { SearchDeps } from '../records/search-store.ts';
import { findEventStatus, isFinal, type MessageStatus, toStateNumber } from './message-status.ts';

/** A message whose last stored state is not final. */
export interface OpenMessage {
  readonly messageId: string;
  /** Name of the event with its last stored state. */
  readonly name: string;
  readonly status: MessageStatus;
  readonly revision: string | undefined;
  readonly storedAtMs: number;
}

export interface SurveyDeps extends SearchDeps {
  readonly topics: RecordSelection['topics'];
  /** Start of the period, in epoch milliseconds. Earlier records are not read. */
  readonly fromMs: number;
  /** Open messages are returned only if their last state was stored before this time, in epoch milliseconds. */
  readonly beforeMs: number;
}

/**
 * Replaces the state number of a message after the message was returned. Higher than all state numbers, so that the
 * message is not returned again.
 */
const processedRevision = 2n ** 64n - 1n;

/**
 * Finds the open messages of a store, and returns a limited number of them at a time. The search needs memory for the
 * messages that are returned together, and 28 bytes for each message in the store. The latest-state topic cannot be
 * used, because a latest event such as `interaction.click` does not report the state of the delivery.
 */
export class StateSurvey {
  readonly #deps: SurveyDeps;
  readonly #states = new EntityTable();
  readonly #kept: SkippedRecords;
  #late = 0;

  private constructor(deps: SurveyDeps) {
    this.#deps = deps;
    this.#kept = collectSkipped(deps.observer);
  }

  /** Reads the last stored state of each message. */
  static async open(deps: SurveyDeps): Promise<StateSurvey> {
    const survey = new StateSurvey(deps);
    for await (const { key, number, storedAtMs } of survey.#readStates()) {
      survey.#states.raise(key, number, storedAtMs);
    }
    return survey;
  }

  get messages(): number {
    return this.#states.size;
  }

  /**
   * Number of messages whose last state is not final and too recent to be checked. The number is complete after all
   * messages were read.
   */
  get late(): number {
    return this.#late;
  }

  /** Reasons why stored records could not be read, one sentence each. */
  get skipped(): readonly string[] {
    return this.#kept.skipped;
  }

  /**
   * Returns the next open messages, each of them only once. If fewer messages than the limit are returned, no more
   * exist.
   */
  async takeOpen(limit: number): Promise<readonly OpenMessage[]> {
    const openMessages: OpenMessage[] = [];
    for await (const { key, number, messageId, ...state } of this.#readStates()) {
      if (isFinal(state.status) || this.#states.find(key) !== number) {
        continue;
      }
      this.#states.raise(key, processedRevision, 0);
      if (state.storedAtMs >= this.#deps.beforeMs) {
        this.#late += 1;
      } else {
        openMessages.push({ messageId, ...state });
        if (openMessages.length === limit) {
          break;
        }
      }
    }
    return openMessages;
  }

  async *#readStates() {
    const { read, topics, fromMs: sinceMs, signal } = this.#deps;
    const { observer } = this.#kept;
    const records = read({ role: 'events', topics, sinceMs }, { follow: false, signal, observer });
    for await (const batch of untilAborted(records, signal)) {
      for (const record of batch) {
        const { name = '', revision } = readFacts(record);
        const status = findEventStatus(name);
        // An event without a messageId has its eventId as the key, and no `ce_subject`.
        const isMessageState =
          record.headers.ce_specversion === undefined || record.headers.ce_subject !== undefined;
        if (status !== undefined && record.key !== null && isMessageState) {
          yield {
            key: Buffer.from(record.key),
            number: toStateNumber(status, revision),
            messageId: record.key,
            name,
            status,
            revision,
            storedAtMs: record.storedAtMs,
          };
        }
      }
    }
    signal.throwIfAborted();
  }
}
