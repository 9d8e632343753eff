import {
  type DeadLetter,
  type DeadLetterSelection,
  type DeadLetterStore,
  isSelected,
} from '../../ports/dead-letter.ts';
import type { Sink } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { appendReplay, type PlanReplayDeps, planReplay, type ReplayOutcome } from './replay-letter.ts';

export interface ReplayOptions {
  readonly selection: DeadLetterSelection;
  /** Appends and remembers nothing. */
  readonly dryRun: boolean;
}

export interface ReplayDeps extends PlanReplayDeps {
  readonly store: DeadLetterStore;
  /** Not used by a dry run. */
  readonly sink?: Sink | undefined;
  readonly clock: Clock;
  readonly observe: (read: number) => void;
  /** Ends the run after the batch that is under way, which is remembered. */
  readonly stop?: AbortSignal;
}

export interface ReplayLine {
  readonly reason: string;
  readonly webhook: string;
  readonly outcome: ReplayOutcome['kind'];
  /** The topics of its events, or why it failed again. */
  readonly detail: string;
  readonly deadLetters: number;
  readonly events: number;
}

export interface ReplayReport {
  readonly read: number;
  readonly lines: readonly ReplayLine[];
  /** Not in the selection. */
  readonly notSelected: number;
  /** Records of the revision filter and of others. */
  readonly foreign: number;
  /** It was stopped: there may be more. */
  readonly stopped: boolean;
}

/** For each round of appends. */
const appendTimeoutMs = 15_000;

/** Puts dead letters back. Those that fail again or are not selected stay for another run. */
export async function runReplay(options: ReplayOptions, deps: ReplayDeps): Promise<ReplayReport> {
  const { selection, dryRun } = options;
  const { store, sink, clock, observe, stop } = deps;
  const lines = new Map<string, { -readonly [K in keyof ReplayLine]: ReplayLine[K] }>();
  const counts = { read: 0, notSelected: 0, foreign: 0 };

  function count({ reason, webhook }: DeadLetter, outcome: ReplayOutcome): void {
    const isReplayed = outcome.kind === 'replayed';
    const detail = isReplayed ? outcome.topics.join(', ') : outcome.reason;
    const key = JSON.stringify([reason, webhook, outcome.kind, detail]);
    const line = lines.get(key) ?? {
      reason,
      webhook,
      outcome: outcome.kind,
      detail,
      deadLetters: 0,
      events: 0,
    };
    line.deadLetters += 1;
    line.events += isReplayed ? outcome.events : 0;
    lines.set(key, line);
  }

  let failure: unknown;
  let stopped = false;

  const putBack = async (letters: readonly (DeadLetter | undefined)[]) => {
    if (failure !== undefined) {
      throw failure;
    }
    if (stop?.aborted) {
      stopped = true;
      throw new Error('the run was stopped');
    }
    const chosen = letters.filter((letter) => letter !== undefined && isSelected(letter, selection));
    const deadline = clock.now() + appendTimeoutMs;
    const done = new Set<DeadLetter>();
    const appends = chosen.map(async (letter) => {
      if (letter === undefined) {
        return;
      }
      const planned = planReplay(letter, deps);
      const outcome =
        dryRun || sink === undefined ? planned.outcome : await appendReplay(planned, sink, deadline);
      count(letter, outcome);
      if (outcome.kind === 'replayed') {
        done.add(letter);
      }
    });
    // After a failure, what was stored is still remembered before the run stops.
    for (const append of await Promise.allSettled(appends)) {
      failure ??= append.status === 'rejected' ? append.reason : undefined;
    }
    const foreign = letters.filter((letter) => letter === undefined).length;
    counts.read += letters.length;
    counts.foreign += foreign;
    counts.notSelected += letters.length - foreign - chosen.length;
    observe(counts.read);
    return dryRun ? new Set<DeadLetter>() : done;
  };
  await store.read(putBack).catch((error: unknown) => {
    if (!stopped) {
      throw error;
    }
  });
  if (failure !== undefined) {
    throw failure;
  }
  const sorted = [...lines.values()].toSorted((a, b) => (toSortKey(a) < toSortKey(b) ? -1 : 1));
  return { ...counts, lines: sorted, stopped };
}

function toSortKey({ reason, webhook, outcome, detail }: ReplayLine): string {
  return [reason, webhook, outcome, detail].join('\u0000');
}
