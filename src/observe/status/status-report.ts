import type { SpoolStatus } from '../../ports/sink.ts';

/**
 * What a process knows of itself, for people and scripts: plain data, as `/status.json` gives it. Times are ISO 8601 in UTC. A
 * member without a value is left out. docs/contracts/status.schema.json describes it.
 */
export type StatusReport = ReceiverReport | FilterReport;

/** The worst that is true, for a person. */
export interface Headline {
  readonly tone: 'good' | 'warning' | 'bad';
  readonly text: string;
}

export interface ProcessReport {
  readonly version: string;
  /** Where it runs; in Kubernetes the name of the pod. */
  readonly host: string;
  readonly startedAt: string;
  /** When this report was made. */
  readonly at: string;
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

export interface ReceiverReport extends ProcessReport {
  readonly process: 'receiver';
  readonly headline: Headline;
  /** Deliveries that are not answered yet. */
  readonly inFlight: { readonly requests: number; readonly bytes: number };
  /** While no delivery is accepted, or none of a registration. */
  readonly refused?: RetryReport | undefined;
  readonly registrations: readonly RegistrationReport[];
  readonly store: StoreReport;
  readonly spool?: SpoolStatus | undefined;
  readonly refusals: readonly RefusalReport[];
}

/** The provider repeats what was refused. */
export interface RetryReport {
  /** The time of the first refusal. */
  readonly since: string;
  /** When the first of them is lost, if it is not accepted before. */
  readonly lossFrom: string;
  readonly secondsLeft: number;
}

export interface RegistrationReport {
  readonly name: string;
  readonly path: string;
  /** Absent before the first one. */
  readonly lastAcceptedAt?: string | undefined;
  /** Accepted deliveries that this product has sent by itself, since the start. */
  readonly own: readonly { readonly event: string; readonly accepted: number }[];
  readonly secrets: readonly SecretReport[];
  /** Signed deliveries that may wait at the provider. */
  readonly refused?: RefusedDeliveriesReport | undefined;
}

export interface SecretReport {
  /** Absent when none can be read. */
  readonly label?: string | undefined;
  /** Deliveries that it verified since the start. */
  readonly verified: number;
  /** Those of them that this product has sent by itself; absent when there are none. */
  readonly own?: number | undefined;
  /** Why it cannot be used; absent when it can. */
  readonly problem?: string | undefined;
}

export interface RefusedDeliveriesReport extends RetryReport {
  readonly until: string;
  readonly count: number;
  /** Something was accepted since. */
  readonly isOver: boolean;
  /** By then the provider has tried all of them again. */
  readonly repeatedBy: string;
}

export interface StoreReport {
  readonly kind: string;
  readonly up: boolean;
  /** May be empty when up. */
  readonly detail: string;
  /** What somebody should look at although it takes records. */
  readonly notice?: string | undefined;
  readonly unavailableSince?: string | undefined;
  readonly topics: readonly StoreTopicReport[];
}

export interface StoreTopicReport {
  readonly topic: string;
  /** Absent before the first check, and of a store that has nothing to judge. */
  readonly verdict?: 'ok' | 'warning' | 'error' | undefined;
  readonly findings: readonly string[];
  /** Why it takes no records, or not all of them. */
  readonly problem?: string | undefined;
}

/** The refusals of one reason. */
export interface RefusalReport {
  readonly reason: string;
  readonly cause?: string | undefined;
  readonly signed: boolean;
  readonly status: number;
  readonly count: number;
  readonly newest: readonly { readonly at: string; readonly webhook: string }[];
}

export interface FilterReport extends ProcessReport {
  readonly process: 'filter';
  readonly headline: Headline;
  readonly group: string;
  readonly topics: { readonly events: string; readonly latest: string; readonly deadLetter: string };
  readonly partitions: readonly PartitionReport[];
}

export interface PartitionReport {
  readonly partition: number;
  readonly state: string;
  /** Records that are not filtered yet; absent when that is not known. */
  readonly lag?: number | undefined;
  /** Whose highest revision is in memory. */
  readonly entities?: number | undefined;
}
