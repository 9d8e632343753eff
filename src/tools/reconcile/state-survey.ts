import { EntityTable } from '../../filter/entity-table.ts';
import { collectSkipped, type RecordSelection, type SkippedRecords } from '../../ports/record-reader.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { readFacts } from '../records/record-facts.ts';
import type { SearchDeps } from '../records/search-store.ts';
import { isFinal, type MessageStatus, statusOfEvent, toStateNumber } from './message-status.ts';

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
  /** Epoch milliseconds. What was stored before is not looked at. */
  readonly fromMs: number;
  /** A message is open when its last state was stored before this time. */
  readonly beforeMs: number;
}

/** Above every state. */
const doneState = 2n ** 64n - 1n;

/**
 * The open messages of a store, in parts of bounded size. Its memory is 28 bytes for each message, and one part. The topic of latest
 * states does not tell them: its last may be `interaction.click`, which says nothing of the delivery.
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

  /** Reads the last state of each message, of all that is stored now. */
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

  /** Of these the last state is not final, and too late to be open: they are not judged. Known when the last part was taken. */
  get late(): number {
    return this.#late;
  }

  /** What is stored and could not be read, a sentence each. */
  get skipped(): readonly string[] {
    return this.#kept.skipped;
  }

  /** The next part, each message once. It is the last one when it is shorter than the limit. */
  async takeOpen(limit: number): Promise<readonly OpenMessage[]> {
    const taken: OpenMessage[] = [];
    for await (const { key, number, messageId, ...state } of this.#readStates()) {
      if (isFinal(state.status) || this.#states.find(key) !== number) {
        continue;
      }
      this.#states.raise(key, doneState, 0);
      if (state.storedAtMs >= this.#deps.beforeMs) {
        this.#late += 1;
      } else {
        taken.push({ messageId, ...state });
        if (taken.length === limit) {
          break;
        }
      }
    }
    return taken;
  }

  async *#readStates() {
    const { read, topics, fromMs: sinceMs, signal } = this.#deps;
    const { observer } = this.#kept;
    const records = read({ role: 'events', topics, sinceMs }, { follow: false, signal, observer });
    for await (const batch of untilAborted(records, signal)) {
      for (const record of batch) {
        const { name = '', revision } = readFacts(record);
        const status = statusOfEvent(name);
        // The receiver makes an eventId the key of an event without a message, which then is no subject.
        const isOfMessage =
          record.headers.ce_specversion === undefined || record.headers.ce_subject !== undefined;
        if (status !== undefined && record.key !== null && isOfMessage) {
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
