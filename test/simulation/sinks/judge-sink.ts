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
  /** Ids of unordered records: dead letters, and records that were set aside. */
  readonly elsewhere: readonly string[];
  /** Whether no fault of the round explains duplicates. Then no record may be stored more often than it was sent. */
  readonly isExact: boolean;
  /** Whether the round gave no reason to reject a record. */
  readonly isWhole: boolean;
  /** Ids of the records that a continuous reader has seen. */
  readonly readOn?: ReadonlySet<string>;
  /** Set if no fault of the round explains that these records were stored late. */
  readonly flow?: {
    readonly withinMs: number;
    readonly isConcerned: (key: string) => boolean;
    /** Time at which each record was stored, by id. */
    readonly storedMs: ReadonlyMap<string, number>;
  };
}

/** All data that the judges of a round with a sink evaluate. The texts describe problems. */
export interface SinkEvidence {
  readonly attempts: readonly Attempt[];
  readonly stored: StoredIds;
  readonly lives: readonly Pick<Life, 'name' | 'startedMs' | 'lossesMs'>[];
  readonly faults: readonly Fault[];
  /** Processes that did not end although they had to. */
  readonly endless: readonly string[];
  readonly lateAnswers: readonly string[];
  /** Problems that the last process still reports after all faults have ended. */
  readonly dead: readonly string[];
  /** Tasks that the last process should have finished after all faults have ended. */
  readonly unfinished: readonly string[];
  readonly uncaught: readonly Error[];
}

/** All judges for rounds with a sink. `judges.test.ts` has a history for each judge. */
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
