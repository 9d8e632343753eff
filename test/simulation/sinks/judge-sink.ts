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

/** What a store has in the end. */
export interface StoredIds {
  /** In order, with those that are there several times. */
  readonly inOrder: readonly string[];
  /** Where order means nothing: dead letters, what was set aside. */
  readonly elsewhere: readonly string[];
  /** Nothing has happened after which records may be stored more often than they were sent. */
  readonly isExact: boolean;
  /** Nothing has happened that is a reason to refuse anything. */
  readonly isWhole: boolean;
  /** What somebody has seen who reads on from where he was. */
  readonly readOn?: ReadonlySet<string>;
  /** Nothing has happened that is a reason for these records to be stored late. */
  readonly flow?: {
    readonly withinMs: number;
    readonly isConcerned: (key: string) => boolean;
    /** By id. */
    readonly storedMs: ReadonlyMap<string, number>;
  };
}

/** All that the judges of a round with a sink look at. Sentences say what is wrong. */
export interface SinkEvidence {
  readonly attempts: readonly Attempt[];
  readonly stored: StoredIds;
  readonly lives: readonly Pick<Life, 'name' | 'startedMs' | 'lossesMs'>[];
  readonly faults: readonly Fault[];
  /** Of processes that had to end. */
  readonly endless: readonly string[];
  readonly lateAnswers: readonly string[];
  /** Of the process that is left, once everything is well again. */
  readonly dead: readonly string[];
  /** What it should have done by then. */
  readonly unfinished: readonly string[];
  readonly uncaught: readonly Error[];
}

/** All judges of a round with a sink; `judges.test.ts` has a history for each. */
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
