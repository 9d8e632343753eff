import type { Evidence, Violation } from '../../faults/verdict/judge.ts';
import type { Judges } from '../../faults/verdict/run-judges.ts';
import type { FaultSpan, SimulationViolation } from '../scenario.ts';
import type { ReadinessSample } from './watch-readiness.ts';

export type Found = Violation | SimulationViolation;

/** All that the judges of a round with receivers look at. Milliseconds are virtual ones since the start of the round. */
export interface RoundEvidence extends Evidence {
  /** A fault lets the store reject records for good: they become dead letters. */
  readonly mayReject: boolean;
  /** The store may refuse a record and take the next one: both are sent again. */
  readonly refusesSingly: boolean;
  /** A fault that never heals has taken what records with this key need. */
  readonly isGone: (key: string) => boolean;
  /** One process, which did not end before the end of the round. */
  readonly isOneProcess: boolean;
  /** A process was told of fewer partitions as it started: it knows no others, and has keys go elsewhere. */
  readonly isMisled: boolean;
  /** In which nothing is wrong. */
  readonly calm: readonly FaultSpan[];
  /** Ids that are in a spool; `undefined` where there is none. */
  readonly spooled: ReadonlySet<string> | undefined;
  /** From then on a spool with a sound disk takes what the store does not; `undefined` where there is none. */
  readonly spoolsFromMs: number | undefined;
  /** Of spools that nothing keeps from being empty. */
  readonly segmentsLeft: number;
  readonly processes: readonly ProcessEvidence[];
  /** To each server, once everything is well again. */
  readonly connections: { readonly counts: readonly number[]; readonly most: number };
  /** What is not well again after the last fault. */
  readonly recoveryLack: string | undefined;
  /** What whoever reads the store on and on has not done at the end. */
  readonly readersLack: string | undefined;
  readonly uncaught: readonly Error[];
  /** What the store's own judges say. */
  readonly ofStore: Judges<void, Found>;
}

export interface ProcessEvidence {
  readonly samples: readonly ReadinessSample[];
  readonly downTimes: Evidence['downTimes'];
  /** Ends that were not in order, or not in time. */
  readonly faults: readonly string[];
  /** It alone gets all deliveries, whatever it says, and its store takes dead letters. */
  readonly getsAll: boolean;
}
