import { type Judges, runJudges } from '../../faults/verdict/run-judges.ts';
import type { Fault, SimulationViolation } from '../scenario.ts';
import type { Attempt } from './deliveries.ts';
import {
  judgeAcknowledged,
  judgeFlow,
  judgeOvertaken,
  judgeRefused,
  judgeRepeated,
  judgeSent,
} from './judge-attempts.ts';
import { judgeDirectories } from './judge-losses.ts';
import type { Life } from './life.ts';

/** Ids of the records in a store at the end of the round. */
export interface StoredIds {
  /** Ids of the records in order, including repetitions. */
  readonly inOrder: readonly string[];
  /** Ids of records without a defined order: dead letters, and records that were set aside. */
  readonly elsewhere: readonly string[];
  /** If `true`, no fault of the round explains duplicates, so no record may be stored more often than it was sent. */
  readonly isExact: boolean;
  /** Whether the round contained no reason to reject a record. */
  readonly isWhole: boolean;
  /** Ids of the records that a continuous reader has seen. */
  readonly readOn?: ReadonlySet<string>;
  /** Present only if no fault of the round explains a late record. */
  readonly flow?: {
    readonly withinMs: number;
    readonly isConcerned: (key: string) => boolean;
    /** Time at which each record was stored, by id. */
    readonly storedMs: ReadonlyMap<string, number>;
  };
}

/** All facts that the rule checks ("judges") of a round with a sink evaluate. Each text describes a problem. */
export interface SinkEvidence {
  readonly attempts: readonly Attempt[];
  readonly stored: StoredIds;
  readonly lives: readonly Pick<Life, 'name' | 'startedMs' | 'lossesMs'>[];
  readonly faults: readonly Fault[];
  /** Processes that should have ended but are still running. */
  readonly endless: readonly string[];
  readonly lateAnswers: readonly string[];
  /** Problems that the last process still reports after all faults have ended. */
  readonly dead: readonly string[];
  /** Tasks that the last process should have finished after all faults have ended. */
  readonly unfinished: readonly string[];
  readonly uncaught: readonly Error[];
}

/** All rule checks ("judges") for rounds with a sink. `judges.test.ts` contains a history for each of them. */
export const sinkJudges = {
  judgeEndless: ({ endless }) => endless.map((text) => ({ kind: 'stands still', text })),
  judgeLateAnswers: ({ lateAnswers }) => lateAnswers.map((text) => ({ kind: 'stands still', text })),
  judgeDead: ({ dead }) => dead.map((text) => ({ kind: 'not live again', text })),
  judgeUnfinished: ({ unfinished }) => unfinished.map((text) => ({ kind: 'not live again', text })),
  judgeDirectories,
  judgeAcknowledged,
  judgeSent,
  judgeOvertaken,
  judgeRepeated,
  judgeRefused,
  judgeFlow,
  judgeUncaughtOfSink: ({ uncaught }) =>
    uncaught.map(({ stack = '' }) => ({ kind: 'uncaught', text: stack })),
} satisfies Judges<SinkEvidence, SimulationViolation>;

export function judgeSink(evidence: SinkEvidence): SimulationViolation[] {
  return runJudges<SinkEvidence, SimulationViolation>(sinkJudges, evidence);
}
