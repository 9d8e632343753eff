import type { Evidence, Violation } from '../../faults/verdict/judge.ts';
import type { Judges } from '../../faults/verdict/run-judges.ts';
import type { FaultSpan, SimulationViolation } from '../scenario.ts';
import type { ReadinessSample } from './watch-readiness.ts';

export type Found = Violation | SimulationViolation;

/**
 * All facts that the rule checks ("judges") of a round with receivers evaluate. Times are virtual milliseconds since
 * the start of the round.
 */
export interface RoundEvidence extends Evidence {
  /** Whether a fault makes the store permanently reject records, which then become dead letters. */
  readonly mayReject: boolean;
  /** Whether a permanent fault has removed a resource that records with this key need. */
  readonly isGone: (key: string) => boolean;
  /** Whether the round had only one receiver process, which ran until the end of the round. */
  readonly isOneProcess: boolean;
  /**
   * Whether a starting process received a partition count that was too low. Such a process maps keys to the wrong
   * partitions.
   */
  readonly isMisled: boolean;
  /** Periods without faults. */
  readonly calm: readonly FaultSpan[];
  /** Ids of the records in a spool. `undefined` if the round has no spool. */
  readonly spooled: ReadonlySet<string> | undefined;
  /**
   * Time from which a spool with a working disk accepts the records that the store rejects. `undefined` if the round
   * has no such spool.
   */
  readonly spoolsFromMs: number | undefined;
  /** Number of spool segments that remain although they could have been drained. */
  readonly segmentsLeft: number;
  readonly processes: readonly ProcessEvidence[];
  /** Number of connections to each server after full recovery. */
  readonly connections: { readonly counts: readonly number[]; readonly most: number };
  /** Description of the components that have not recovered after the last fault. `undefined` if all have recovered. */
  readonly recoveryLack: string | undefined;
  /**
   * Description of the work that continuous readers of the store have not finished at the end of the round. `undefined`
   * if they have finished.
   */
  readonly readersLack: string | undefined;
  readonly uncaught: readonly Error[];
  /** Additional rule checks for this kind of store. */
  readonly ofStore: Judges<void, Found>;
}

export interface ProcessEvidence {
  readonly samples: readonly ReadinessSample[];
  readonly downTimes: Evidence['downTimes'];
  /** Process exits that failed or took too long. */
  readonly faults: readonly string[];
  /** Whether this receiver gets all deliveries, even while it is not ready, and its store accepts dead letters. */
  readonly getsAll: boolean;
}
