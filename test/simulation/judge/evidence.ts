import type { Evidence, Violation } from '../../faults/verdict/judge.ts';
import type { Judges } from '../../faults/verdict/run-judges.ts';
import type { FaultSpan, SimulationViolation } from '../scenario.ts';
import type { ReadinessSample } from './watch-readiness.ts';

export type Found = Violation | SimulationViolation;

/**
 * Everything that the judges of a round with receivers look at. Times are virtual milliseconds since the start of the
 * round.
 */
export interface RoundEvidence extends Evidence {
  /** Whether a fault lets the store reject records for good, so that they become dead letters. */
  readonly mayReject: boolean;
  /** Whether the store may reject a record and accept the next one, so that both are sent again. */
  readonly refusesSingly: boolean;
  /** Whether a permanent fault has removed what records with this key need. */
  readonly isGone: (key: string) => boolean;
  /** Whether there was only one process, which ran until the end of the round. */
  readonly isOneProcess: boolean;
  /**
   * Whether a process was told a partition count that was too low when it started, so that it maps keys to other
   * partitions.
   */
  readonly isMisled: boolean;
  /** Spans of time without faults. */
  readonly calm: readonly FaultSpan[];
  /** Ids of records in a spool. `undefined` if there is no spool. */
  readonly spooled: ReadonlySet<string> | undefined;
  /**
   * From this time on, a spool with a working disk accepts what the store does not. `undefined` if there is no spool.
   */
  readonly spoolsFromMs: number | undefined;
  /** Segments left in spools that nothing prevents from being drained. */
  readonly segmentsLeft: number;
  readonly processes: readonly ProcessEvidence[];
  /** Connections to each server after everything has recovered. */
  readonly connections: { readonly counts: readonly number[]; readonly most: number };
  /** What has not recovered after the last fault. */
  readonly recoveryLack: string | undefined;
  /** What continuous readers of the store have not done at the end. */
  readonly readersLack: string | undefined;
  readonly uncaught: readonly Error[];
  /** Judges of the store itself. */
  readonly ofStore: Judges<void, Found>;
}

export interface ProcessEvidence {
  readonly samples: readonly ReadinessSample[];
  readonly downTimes: Evidence['downTimes'];
  /** Exits that failed or took too long. */
  readonly faults: readonly string[];
  /** Whether it alone gets all deliveries, whether ready or not, and its store accepts dead letters. */
  readonly getsAll: boolean;
}
