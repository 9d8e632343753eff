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

/** Ids of the records in a store at the end. */
export interface StoredIds {
  /** Ids in order, including repetitions. */
  readonly inOrder: readonly string[];
  /** Ids of records without an order: dead letters and records that were set aside. */
  readonly elsewhere: readonly string[];
  /** Whether there was no reason to store records more often than they were sent. */
  readonly isExact: boolean;
  /** Whether there was no reason to reject anything. */
  readonly isWhole: boolean;
  /** Ids that a continuous reader has seen. */
  readonly readOn?: ReadonlySet<string>;
  /** Set if there was no reason to store these records late. */
  readonly flow?: {
    readonly withinMs: number;
    readonly isConcerned: (key: string) => boolean;
    /** Time of storage by id. */
    readonly storedMs: ReadonlyMap<string, number>;
  };
}

/** Everything that the judges of a round with a sink look at. Texts describe what is wrong. */
export interface SinkEvidence {
  readonly attempts: readonly Attempt[];
  readonly stored: StoredIds;
  readonly lives: readonly Pick<Life, 'name' | 'startedMs' | 'lossesMs'>[];
  readonly faults: readonly Fault[];
  /** Processes that did not end although they had to. */
  readonly endless: readonly string[];
  readonly lateAnswers: readonly string[];
  /** Problems of the last process after everything has recovered. */
  readonly dead: readonly string[];
  /** What it should have done by then. */
  readonly unfinished: readonly string[];
  readonly uncaught: readonly Error[];
}

/** All judges of a round with a sink. `judges.test.ts` has a history for each. */
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
