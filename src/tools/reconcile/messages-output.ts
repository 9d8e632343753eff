import {
  formatResult,
  formatSummary,
  type MessagesSummary,
  toResultJson,
  toSummaryJson,
} from './format-messages.ts';
import { type MessageOutcome, type MessageResult, messageOutcomes } from './reconcile-messages.ts';

interface NamesOutputDeps {
  readonly json: boolean;
  /** Resolves when there is room for more. */
  readonly write: (text: string) => Promise<void>;
}

/** Prints each difference when it is known, because all of them may be more than memory holds, and counts the others. */
export class MessagesOutput {
  readonly #deps: NamesOutputDeps;
  readonly #outcomes = Object.fromEntries(messageOutcomes.map((each) => [each, 0])) as Record<
    MessageOutcome,
    number
  >;
  #asked = 0;
  #listed = 0;

  constructor(deps: NamesOutputDeps) {
    this.#deps = deps;
  }

  get counts() {
    return { asked: this.#asked, outcomes: this.#outcomes };
  }

  /** The provider knows no message that it was asked for: it was asked as somebody else. */
  get isNoneKnown(): boolean {
    return this.#asked > 0 && this.#outcomes.unknown === this.#asked;
  }

  async begin(): Promise<void> {
    if (this.#deps.json) {
      await this.#deps.write('{"differences":[');
    }
  }

  async take(results: readonly MessageResult[]): Promise<void> {
    for (const result of results) {
      this.#asked += 1;
      this.#outcomes[result.outcome] += 1;
      // What time may settle is no difference yet.
      if (result.outcome !== 'agrees' && result.outcome !== 'recent') {
        await this.#deps.write(this.#deps.json ? this.#toItem(result) : formatResult(result));
        this.#listed += 1;
      }
    }
  }

  async end(given: Omit<MessagesSummary, 'asked' | 'outcomes'>): Promise<void> {
    const summary = { ...given, ...this.counts };
    await this.#deps.write(
      this.#deps.json
        ? `${this.#listed === 0 ? '' : '\n'}],${JSON.stringify(toSummaryJson(summary)).slice(1)}`
        : formatSummary(summary),
    );
  }

  #toItem(result: MessageResult): string {
    return `${this.#listed === 0 ? '' : ','}\n${JSON.stringify(toResultJson(result))}`;
  }
}
