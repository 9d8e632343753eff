import { type Finding, toConclusion } from '../../runtime/finding.ts';
import { formatCount, toIso } from '../../runtime/format.ts';
import { toLines, toSingleLineText } from '../../runtime/untrusted-text.ts';
import { type MessageOutcome, type MessageResult, messageOutcomes } from './reconcile-messages.ts';

/** Prints each difference as soon as it is found, keeps it for the JSON result, and counts all outcomes. */
export class MessagesOutput {
  readonly #print: (text: string) => Promise<void>;
  readonly #outcomes = Object.fromEntries(messageOutcomes.map((each) => [each, 0])) as Record<
    MessageOutcome,
    number
  >;
  readonly #differences: object[] = [];
  #requested = 0;

  constructor(print: (text: string) => Promise<void>) {
    this.#print = print;
  }

  get counts() {
    return { requested: this.#requested, outcomes: this.#outcomes };
  }

  async take(results: readonly MessageResult[]): Promise<void> {
    for (const result of results) {
      this.#requested += 1;
      this.#outcomes[result.outcome] += 1;
      // A recent difference is not printed, because the event may still arrive.
      if (result.outcome !== 'agrees' && result.outcome !== 'recent') {
        this.#differences.push(toResultJson(result));
        await this.#print(formatResult(result));
      }
    }
  }

  /** Prints the summary. @returns the finding, and the JSON result */
  async end(
    given: Omit<MessagesSummary, 'requested' | 'outcomes'>,
  ): Promise<{ readonly finding: Finding; readonly json: object }> {
    const summary = { ...given, ...this.counts };
    const finding = evaluateMessages(summary);
    await this.#print(formatSummary(summary));
    const { fromMs, beforeMs, requested, outcomes, ...members } = summary;
    const json = {
      verdict: toConclusion(finding).text,
      differences: this.#differences,
      since: toIso(fromMs),
      before: toIso(beforeMs),
      ...members,
      asked: requested,
      outcomes,
    };
    return { finding, json };
  }
}

interface MessagesSummary {
  readonly fromMs: number;
  /** Only messages whose last state was stored before this time were requested from the provider. */
  readonly beforeMs: number;
  /** Number of messages with a stored state. */
  readonly total: number;
  /** Number of messages whose last state is not final and was stored after `beforeMs`. */
  readonly late: number;
  /** Number of messages whose state was requested. */
  readonly requested: number;
  readonly outcomes: Readonly<Record<MessageOutcome, number>>;
  /** Topic to which the states that were missing in the store are written. */
  readonly writtenTo: string | undefined;
  /** Reason why the run is incomplete or its result is uncertain, as a sentence without a full stop. */
  readonly problem: string | undefined;
}

/** Reports whether the provider has states that are not stored. */
function evaluateMessages({ total, late, requested, outcomes, problem }: MessagesSummary): Finding {
  const { missing, unknown, unclear, recent } = outcomes;
  if (problem !== undefined) {
    return {
      answer: 'not known',
      text:
        missing > 0
          ? `Cannot tell whether more states are missing: ${problem}.`
          : `Cannot tell whether states are missing: ${problem}.`,
    };
  }
  if (requested > 0 && unknown === requested) {
    return {
      answer: 'not known',
      text: 'Cannot tell whether states are missing: the provider knows none of the messages. Check that the API user belongs to the account that sends them.',
    };
  }
  if (missing > 0) {
    return {
      answer: 'no',
      text: `MISSING: the latest state is not stored for ${missing} of ${formatCount(total, 'message')}.`,
    };
  }
  if (unknown + unclear > 0) {
    return {
      answer: 'not known',
      text: `Cannot tell whether states are missing: the provider reports no known state for ${formatCount(unknown + unclear, 'message')}.`,
    };
  }
  const comparedCount = total - late - recent;
  if (comparedCount > 0) {
    return {
      answer: 'yes',
      text: `No states are missing for the ${formatCount(comparedCount, 'message')} that could be compared.`,
    };
  }
  return {
    answer: 'not known',
    text:
      total === 0
        ? 'Cannot tell whether states are missing: no message state is stored in this period. Check the period and the store.'
        : `Cannot tell whether states are missing: no message could be compared, because all of the ${total} states changed recently.`,
  };
}

function toResultJson({ messageId, outcome, stored, reported }: MessageResult): object {
  const { status, updatedMs } = reported ?? {};
  return {
    messageId,
    outcome,
    stored: { name: stored.name, revision: stored.revision, time: toIso(stored.atMs) },
    provider: reported && { status, updated: updatedMs === undefined ? undefined : toIso(updatedMs) },
  };
}

/** Formats one line. The column of the message has the width of a UUID, because later lines are not known yet. */
export function formatResult({ messageId, outcome, stored, reported }: MessageResult): string {
  const revision = stored.revision === undefined ? '' : ` r${stored.revision}`;
  const updatedText = reported?.updatedMs === undefined ? '' : `, ${toIso(reported.updatedMs)}`;
  const status =
    outcome === 'unclear' ? JSON.stringify(reported?.status ?? 'no state').slice(0, 100) : reported?.status;
  const provider = reported === undefined ? 'unknown message' : `${status}${updatedText}`;
  const line = `${outcome.padEnd(8)}${messageId.padEnd(36)}  stored: ${stored.name}${revision}, ${toIso(stored.atMs)}; provider: ${provider}`;
  return `${toSingleLineText(line)}\n`;
}

const outcomeMeanings: Readonly<Record<MessageOutcome, string>> = {
  missing: "the event with the provider's state is not stored",
  unknown: 'the provider does not know the message',
  behind: "the stored state is newer than the provider's state",
  unclear: 'the provider reports no state or an unknown state',
  recent: 'the state changed recently, and its event may still arrive',
  agrees: "the stored state matches the provider's state",
};

export function formatSummary(summary: MessagesSummary): string {
  const { fromMs, beforeMs, total, late, requested, outcomes, writtenTo } = summary;
  const lines = [
    `Messages with a state stored since ${toIso(fromMs)}: ${total}.`,
    `Message states requested from the provider: ${requested}. A state is requested only if the last stored state of the message is not final and was stored before ${toIso(beforeMs)}.`,
    ...(late === 0
      ? []
      : [`Messages not compared yet: ${late}. Their last states were stored after ${toIso(beforeMs)}.`]),
    ...messageOutcomes
      .filter((outcome) => outcomes[outcome] > 0)
      .map((outcome) => `  ${outcomes[outcome]} ${outcome}: ${outcomeMeanings[outcome]}`),
    ...(writtenTo === undefined || outcomes.missing === 0
      ? []
      : [`Missing states were written to ${writtenTo}.`]),
  ];
  return toLines(lines);
}
