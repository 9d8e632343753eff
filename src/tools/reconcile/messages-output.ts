import { conclude, type Finding } from '../../runtime/finding.ts';
import { formatCount, toIso } from '../../runtime/format.ts';
import { toLinePart, toLines } from '../../runtime/untrusted-text.ts';
import { type MessageOutcome, type MessageResult, messageOutcomes } from './reconcile-messages.ts';

/** Prints each difference when it is known, keeps it for programs, and counts the others. */
export class MessagesOutput {
  readonly #print: (text: string) => Promise<void>;
  readonly #outcomes = Object.fromEntries(messageOutcomes.map((each) => [each, 0])) as Record<
    MessageOutcome,
    number
  >;
  readonly #differences: object[] = [];
  #asked = 0;

  constructor(print: (text: string) => Promise<void>) {
    this.#print = print;
  }

  get counts() {
    return { asked: this.#asked, outcomes: this.#outcomes };
  }

  async take(results: readonly MessageResult[]): Promise<void> {
    for (const result of results) {
      this.#asked += 1;
      this.#outcomes[result.outcome] += 1;
      // What time may settle is no difference yet.
      if (result.outcome !== 'agrees' && result.outcome !== 'recent') {
        this.#differences.push(toResultJson(result));
        await this.#print(formatResult(result));
      }
    }
  }

  /** Prints what was asked for. @returns what that means, and all of it for programs */
  async end(
    given: Omit<MessagesSummary, 'asked' | 'outcomes'>,
  ): Promise<{ readonly finding: Finding; readonly json: object }> {
    const summary = { ...given, ...this.counts };
    const finding = evaluateMessages(summary);
    await this.#print(formatSummary(summary));
    const { fromMs, beforeMs, ...members } = summary;
    const json = {
      verdict: conclude(finding).text,
      differences: this.#differences,
      since: toIso(fromMs),
      before: toIso(beforeMs),
      ...members,
    };
    return { finding, json };
  }
}

interface MessagesSummary {
  readonly fromMs: number;
  /** A message was asked for when its last state was stored before this time. */
  readonly beforeMs: number;
  /** Messages with a stored state. */
  readonly total: number;
  /** Of these, whose last state is not final, and was stored after that time. */
  readonly late: number;
  /** By this run and those that it goes on with. */
  readonly asked: number;
  readonly outcomes: Readonly<Record<MessageOutcome, number>>;
  /** Where missing states are stored. */
  readonly writtenTo: string | undefined;
  /** Why it ended before every message was asked for, or was not sure of what is stored, as a sentence. */
  readonly problem: string | undefined;
}

/** Whether a state of the messages is missing that the provider has. */
function evaluateMessages({ total, late, asked, outcomes, problem }: MessagesSummary): Finding {
  const { missing, unknown, unclear, recent } = outcomes;
  const whether = `${missing > 0 ? 'more' : 'anything'} is missing`;
  const notKnown = (why: string) => ({ answer: 'not known', whether, why }) as const;
  if (problem !== undefined) {
    return notKnown(problem);
  }
  if (asked > 0 && unknown === asked) {
    return notKnown('no message is known: check that the API user is one of the account that sends them');
  }
  if (missing > 0) {
    return { answer: 'no', text: `MISSING: ${missing} of ${formatCount(total, 'message')}` };
  }
  if (unknown + unclear > 0) {
    return notKnown(`the provider does not say what became of ${formatCount(unknown + unclear, 'message')}`);
  }
  const judged = total - late - recent;
  if (judged === 0) {
    return notKnown(
      total === 0
        ? 'no state of a message is stored in this period: check the period and the store'
        : `no message can be judged: the states of all ${total} changed lately`,
    );
  }
  return {
    answer: 'yes',
    text: `nothing is missing of ${formatCount(judged, 'message')} that can be judged`,
  };
}

function toResultJson({ messageId, outcome, stored, said }: MessageResult): object {
  const { status, updatedMs } = said ?? {};
  return {
    messageId,
    outcome,
    stored: { name: stored.name, revision: stored.revision, time: toIso(stored.atMs) },
    provider: said && { status, updated: updatedMs === undefined ? undefined : toIso(updatedMs) },
  };
}

/** One line. The width is that of a UUID: it is printed before the others are known. */
export function formatResult({ messageId, outcome, stored, said }: MessageResult): string {
  const revision = stored.revision === undefined ? '' : ` r${stored.revision}`;
  const updated = said?.updatedMs === undefined ? '' : `, ${toIso(said.updatedMs)}`;
  const status =
    outcome === 'unclear' ? JSON.stringify(said?.status ?? 'no state').slice(0, 100) : said?.status;
  const says = said === undefined ? 'does not know it' : `${status}${updated}`;
  const line = `${outcome.padEnd(8)}${messageId.padEnd(36)}  stored: ${stored.name}${revision}, ${toIso(stored.atMs)}; the provider: ${says}`;
  return `${toLinePart(line)}\n`;
}

const meanings: Readonly<Record<MessageOutcome, string>> = {
  missing: 'the event of their state is not stored',
  unknown: 'the provider does not know them',
  behind: 'what is stored is later than what the provider says',
  unclear: 'the provider says no state, or a new one',
  recent: 'their state changed lately: the event may still come',
  agrees: 'the provider says what is stored',
};

export function formatSummary(summary: MessagesSummary): string {
  const { fromMs, beforeMs, total, late, asked, outcomes, writtenTo } = summary;
  const lines = [
    `${formatCount(total, 'message has', 'messages have')} a state that was stored since ${toIso(fromMs)}`,
    `${asked} had none that is final, the last before ${toIso(beforeMs)}, and were asked for`,
    ...(late === 0 ? [] : [`${late} had none that is final, the last after that: they are not judged yet`]),
    ...messageOutcomes
      .filter((outcome) => outcomes[outcome] > 0)
      .map((outcome) => `  ${outcomes[outcome]} ${outcome}: ${meanings[outcome]}`),
    ...(writtenTo === undefined || outcomes.missing === 0
      ? []
      : [`missing states are stored on ${writtenTo}`]),
  ];
  return toLines(lines);
}
