import type { SpoolStatus } from '../../ports/sink.ts';

/**
 * The status of a process, as `/status.json` returns it: plain data without behaviour. Times are ISO 8601 in UTC. A member
 * without a value is absent. docs/contracts/status.schema.json describes each member.
 */
export type StatusReport = ReceiverReport | FilterReport;

export type Tone = 'good' | 'warning' | 'bad';

/** One state that a process can be in, as a person reads it. */
export interface Headline {
  /** Name of the state. docs/status.md lists all of them. */
  readonly id: string;
  /** `bad`: events are being lost or rejected. `warning`: every event is stored, but somebody has to act. */
  readonly tone: Tone;
  /** One sentence that says what is wrong and since when. */
  readonly text: string;
  /** What to do. Absent when there is nothing to do. */
  readonly nextStep?: string | undefined;
  /** Name of the alert for this state. Absent when there is none. */
  readonly alert?: string | undefined;
  /** File in docs/runbooks. */
  readonly runbook?: string | undefined;
}

export interface ProcessReport {
  readonly version: string;
  /** Host name; in Kubernetes the name of the pod. */
  readonly host: string;
  readonly startedAt: string;
  /** Time of this report. */
  readonly at: string;
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

interface DecidedReport {
  /** The most severe state. */
  readonly headline: Headline;
  /** All other states that are `warning` or `bad`, the most severe one first. */
  readonly otherProblems: readonly Headline[];
}

export type ReceiverReport = ReceiverFacts & DecidedReport;

/** All facts of a receiver's report from which its headline is derived. */
export interface ReceiverFacts extends ProcessReport {
  readonly process: 'receiver';
  /** Deliveries that have not been answered yet. */
  readonly inFlight: { readonly requests: number; readonly bytes: number };
  /** Present while no delivery is accepted, for one registration or for all of them. */
  readonly refused?: RetryReport | undefined;
  readonly lastHour: LastHourReport;
  /** The newest first, at most 50. */
  readonly deliveries: readonly DeliveryReport[];
  readonly registrations: readonly RegistrationReport[];
  readonly store: StoreReport;
  readonly spool?: SpoolReport | undefined;
  /** Present when the receiver terminates TLS itself. */
  readonly certificate?: CertificateReport | undefined;
  readonly deadLetters: DeadLettersReport;
  readonly ledger: LedgerReport;
  readonly readBack: ReadBackReport;
  readonly refusals: readonly RefusalReport[];
}

/** Deliveries of the last 60 minutes, one number for each minute, the oldest first. */
export interface LastHourReport {
  /** Start of the first minute. */
  readonly from: string;
  readonly accepted: readonly number[];
  /** Answered with 401. */
  readonly rejected: readonly number[];
  /** Answered with 503. */
  readonly unavailable: readonly number[];
  /** Deliveries that got any other status. */
  readonly other: readonly number[];
}

export interface DeliveryReport {
  readonly at: string;
  readonly webhook: string;
  readonly status: number;
  /** Value of the label `reason` in `comapi_webhook_requests_total`. */
  readonly reason: string;
  /** Number of events in the body; 0 unless its signature was verified. */
  readonly events: number;
  readonly durationMs: number;
  /** Present when the product itself sent the delivery. */
  readonly test?: true | undefined;
  /** Why a 401 was returned. Absent until it is known. */
  readonly cause?: string | undefined;
  /** What to do about the cause. */
  readonly nextStep?: string | undefined;
}

/** The time that the provider has left to retry rejected deliveries. */
export interface RetryReport {
  /** Time of the first rejection. */
  readonly since: string;
  /** Time at which the provider gives up on the first rejected delivery. */
  readonly lossFrom: string;
  readonly secondsLeft: number;
}

export interface RegistrationReport {
  readonly name: string;
  readonly path: string;
  /** The last accepted delivery from the provider. Absent before the first one. */
  readonly lastAcceptedAt?: string | undefined;
  /** The last accepted delivery that the product sent itself. Absent before the first one. */
  readonly lastTestAcceptedAt?: string | undefined;
  /** The last delivery answered with 401. Absent before the first one. */
  readonly lastRejected?:
    | { readonly at: string; readonly cause?: string | undefined; readonly nextStep?: string | undefined }
    | undefined;
  /** Rejections with a proven cause since the last accepted delivery. Absent when there are none. */
  readonly wronglySigned?: WronglySignedReport | undefined;
  /**
   * One character for each of the last 60 minutes, the oldest first. `a`: all deliveries accepted, `m`: only some accepted,
   * `u`: none accepted and some answered with 503, `r`: all answered with 401, `o`: other statuses only, `.`: no delivery.
   */
  readonly minutes: string;
  /** Average of the last five minutes. */
  readonly eventsPerMinute: number;
  /** Accepted deliveries that the product sent itself, since the start. */
  readonly own: readonly { readonly event: string; readonly accepted: number }[];
  readonly secrets: readonly SecretReport[];
  /** Signed deliveries that may be waiting at the provider for a retry. */
  readonly refused?: RefusedDeliveriesReport | undefined;
}

export interface WronglySignedReport {
  readonly since: string;
  readonly until: string;
  readonly count: number;
  readonly cause: string;
  readonly nextStep: string;
  /** The webhook that the secret belongs to. Absent when that is not the cause. */
  readonly ofWebhook?: string | undefined;
}

export interface SecretReport {
  /** Absent when no secret can be read. */
  readonly label?: string | undefined;
  /** Number of deliveries that the secret has verified since the start. */
  readonly verified: number;
  /** How many of those deliveries the product sent itself. Absent when there are none. */
  readonly own?: number | undefined;
  /** First and last delivery that the secret verified. Absent before the first delivery. */
  readonly firstVerifiedAt?: string | undefined;
  readonly lastVerifiedAt?: string | undefined;
  /** Why the secret is unusable. Absent when it is usable. */
  readonly problem?: string | undefined;
}

export interface RefusedDeliveriesReport extends RetryReport {
  /** Time of the last rejection. */
  readonly until: string;
  readonly count: number;
  /** Value of the label `reason` for the last one. */
  readonly reason: string;
  /** Whether a delivery was accepted after the last rejection. */
  readonly isOver: boolean;
  /** Time by which the provider has retried all rejected deliveries. */
  readonly repeatedBy: string;
}

export interface StoreReport {
  readonly kind: string;
  readonly up: boolean;
  /** Detail about the store. May be empty when the store is up. */
  readonly detail: string;
  /** A warning about a store that accepts records. */
  readonly notice?: string | undefined;
  readonly unavailableSince?: string | undefined;
  /** Time to store the events of a delivery, over the last five minutes. Absent when none was accepted. */
  readonly latency?: { readonly meanMs: number; readonly maxMs: number } | undefined;
  /** One for each broker, queue or server. */
  readonly circuits: readonly { readonly to: string; readonly state: string }[];
  /** Records that wait for the store in memory. Absent for a journal. */
  readonly queuedRecords?: number | undefined;
  /** The disk of a journal. Absent until it is known. */
  readonly disk?: DiskReport | undefined;
  readonly topics: readonly StoreTopicReport[];
}

export interface DiskReport {
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

export interface SpoolReport extends SpoolStatus {
  readonly disk?: DiskReport | undefined;
}

export interface StoreTopicReport {
  readonly topic: string;
  /** Absent before the first check, and for a store without checks. */
  readonly verdict?: 'ok' | 'warning' | 'error' | undefined;
  readonly findings: readonly string[];
  /** Why the topic rejects all or some records. */
  readonly problem?: string | undefined;
}

export interface CertificateReport {
  readonly expiresAt?: string | undefined;
  /** Why the files are unusable. The last good certificate stays in use. */
  readonly problem?: string | undefined;
}

export interface DeadLettersReport {
  /** Events that became dead letters in the last 15 minutes. */
  readonly recent: number;
  readonly newest?: { readonly at: string; readonly webhook: string; readonly reason: string } | undefined;
}

/** Every received event is counted as settled once it is stored, dead-lettered or rejected. */
export interface LedgerReport {
  readonly received: number;
  readonly settled: number;
}

export interface ReadBackReport {
  /** Describes the acknowledged record that the store has lost. */
  readonly lost?: string | undefined;
  /** Why the read-back check cannot read stored records. */
  readonly unread?: string | undefined;
}

/** The rejections of one reason. */
export interface RefusalReport {
  readonly reason: string;
  readonly cause?: string | undefined;
  readonly signed: boolean;
  readonly status: number;
  readonly count: number;
  readonly newest: readonly { readonly at: string; readonly webhook: string }[];
}

export type FilterReport = FilterFacts & DecidedReport;

/** All facts of a revision filter's report from which its headline is derived. */
export interface FilterFacts extends ProcessReport {
  readonly process: 'filter';
  readonly group: string;
  readonly topics: { readonly events: string; readonly latest: string; readonly deadLetter: string };
  readonly partitions: readonly PartitionReport[];
  /** Average of the last five minutes. */
  readonly recordsPerMinute: number;
  /** The last time that a topic had lost records. Absent when that has not happened. */
  readonly lastReset?:
    | { readonly at: string; readonly partition: number; readonly reason: string }
    | undefined;
}

export interface PartitionReport {
  readonly partition: number;
  readonly state: string;
  /** Records that have not been filtered yet. Absent when the number is unknown. */
  readonly lag?: number | undefined;
  /** Number of entities whose highest revision is in memory. */
  readonly entities?: number | undefined;
}
