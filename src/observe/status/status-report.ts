import type { SpoolStatus } from '../../ports/sink.ts';

/**
 * The status of a process, as `/status.json` returns it. The status is plain data without methods. Times are ISO 8601
 * in UTC. Members without a value are absent. The file docs/contracts/status.schema.json describes each member.
 */
export type StatusReport = ReceiverReport | FilterReport;

export type Tone = 'good' | 'warning' | 'bad';

/** A state that a process can be in, described for a person. */
export interface Headline {
  /** Name of the state. docs/status.md lists all of them. */
  readonly id: string;
  /**
   * Severity of the state. `bad` means that events are being lost or rejected. `warning` means that every event is
   * stored, but somebody has to act.
   */
  readonly tone: Tone;
  /** One sentence about the problem and the time when it began. */
  readonly text: string;
  /** Recommended action. Absent if no action is needed. */
  readonly nextStep?: string | undefined;
  /** Name of the alert for this state. Absent if the state has no alert. */
  readonly alert?: string | undefined;
  /** Name of the runbook file in docs/runbooks. */
  readonly runbook?: string | undefined;
}

export interface ProcessReport {
  readonly version: string;
  /** Host name, which in Kubernetes is the name of the pod. */
  readonly host: string;
  readonly startedAt: string;
  /** Time at which this report was created. */
  readonly at: string;
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

export interface HeadlineReport {
  /** The most severe state. */
  readonly headline: Headline;
  /** All other states that are `warning` or `bad`, starting with the most severe. */
  readonly otherProblems: readonly Headline[];
}

export type ReceiverReport = ReceiverFacts & HeadlineReport;

/** All facts of a receiver's report from which its headline is derived. */
export interface ReceiverFacts extends ProcessReport {
  readonly process: 'receiver';
  readonly inFlight: { readonly requests: number; readonly bytes: number };
  /** Time left for the provider's retries. Present while no delivery is accepted for at least one registration. */
  readonly refused?: RetryReport | undefined;
  readonly lastHour: LastHourReport;
  /** The newest deliveries, at most 50, in descending order of time. */
  readonly deliveries: readonly DeliveryReport[];
  readonly registrations: readonly RegistrationReport[];
  readonly store: StoreReport;
  readonly spool?: SpoolReport | undefined;
  /** Certificate of the public port. Present if the receiver terminates TLS itself. */
  readonly certificate?: CertificateReport | undefined;
  readonly deadLetters: DeadLettersReport;
  readonly ledger: LedgerReport;
  readonly readBack: ReadBackReport;
}

/** Number of deliveries in each of the last 60 minutes, starting with the oldest minute. */
export interface LastHourReport {
  /** Start time of the oldest minute. */
  readonly from: string;
  readonly accepted: readonly number[];
  /** Deliveries that got 401. */
  readonly rejected: readonly number[];
  /** Deliveries that got 503. */
  readonly unavailable: readonly number[];
  /** Number of deliveries that were not accepted and got neither 401 nor 503. */
  readonly other: readonly number[];
}

export interface DeliveryReport {
  readonly at: string;
  readonly webhook: string;
  readonly status: number;
  /** Value of the label `reason` in `comapi_webhook_requests_total`. */
  readonly reason: string;
  /** Number of events in the body, or 0 if the signature was not verified. */
  readonly events: number;
  readonly durationMs: number;
  /** Marks a test delivery that this product sent. */
  readonly test?: true | undefined;
  /** Reason for a response with 401. Absent until the reason is known. */
  readonly cause?: string | undefined;
  readonly nextStep?: string | undefined;
}

/** The time that the provider has left to retry rejected deliveries. */
export interface RetryReport {
  /** Time of the first rejected delivery. */
  readonly since: string;
  /** Time at which the provider gives up on the first rejected delivery. */
  readonly lossFrom: string;
}

export interface RegistrationReport {
  readonly name: string;
  readonly path: string;
  /** Time of the last accepted delivery from the provider. Absent before the first accepted delivery. */
  readonly lastAcceptedAt?: string | undefined;
  /** Time of the last accepted test delivery that this product sent. Absent before the first such delivery. */
  readonly lastTestAcceptedAt?: string | undefined;
  /** The last delivery that got 401. Absent before the first rejected delivery. */
  readonly lastRejected?:
    | { readonly at: string; readonly cause: string; readonly nextStep: string }
    | undefined;
  /**
   * Rejections with a proven cause since the last accepted delivery. Absent if no delivery was rejected for such a
   * cause.
   */
  readonly wronglySigned?: SignatureMismatchReport | undefined;
  /**
   * One character for each of the last 60 minutes, starting with the oldest minute. `a` means that all deliveries were
   * accepted, `m` that only some were accepted, and `u` that none was accepted and some got 503. `r` means that all
   * deliveries got 401, `o` that all got other statuses, and `.` that no delivery arrived.
   */
  readonly minutes: string;
  /** Average of the last five minutes. */
  readonly eventsPerMinute: number;
  readonly secrets: readonly SecretReport[];
  /** Deliveries with a valid signature that were rejected and that the provider may still retry. */
  readonly refused?: RefusedDeliveriesReport | undefined;
}

export interface SignatureMismatchReport {
  readonly since: string;
  readonly until: string;
  readonly count: number;
  readonly cause: string;
  readonly nextStep: string;
  /**
   * Name of the webhook that the secret belongs to. Absent unless the provider used the secret of a different webhook.
   */
  readonly ofWebhook?: string | undefined;
}

export interface SecretReport {
  /** Label of the secret. Absent if no secret can be read. */
  readonly label?: string | undefined;
  /** Number of deliveries that the secret has verified since the start of the process. */
  readonly verified: number;
  /** Times of the first and the last delivery that the secret verified. Absent before the first verified delivery. */
  readonly firstVerifiedAt?: string | undefined;
  readonly lastVerifiedAt?: string | undefined;
  /** Reason why the secret is unusable. Absent if the secret is usable. */
  readonly problem?: string | undefined;
}

export interface RefusedDeliveriesReport extends RetryReport {
  /** Time of the last rejected delivery. */
  readonly until: string;
  readonly count: number;
  /** Value of the label `reason` for the last rejected delivery. */
  readonly reason: string;
  /** Whether a delivery was accepted after the last rejection. */
  readonly isOver: boolean;
}

export interface StoreReport {
  readonly kind: string;
  readonly up: boolean;
  /** Description of the store's state. May be empty if the store is up. */
  readonly detail: string;
  /** A warning about a store that accepts records. */
  readonly notice?: string | undefined;
  readonly unavailableSince?: string | undefined;
  /** Time to store the events of a delivery, over the last five minutes. Absent if no delivery was accepted. */
  readonly latency?: { readonly meanMs: number; readonly maxMs: number } | undefined;
  /** Circuit states, one for each broker, queue or server. */
  readonly circuits: readonly { readonly to: string; readonly state: string }[];
  /** Number of records in memory that wait for the store. Absent for a journal. */
  readonly queuedRecords?: number | undefined;
  /** Free space and size of the journal's disk. Absent until these values are known. */
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
  /** Result of the last topic check. Absent before the first check, and for a store without checks. */
  readonly verdict?: 'ok' | 'warning' | 'error' | undefined;
  readonly findings: readonly string[];
  /** Reason why the topic rejects some or all records. */
  readonly problem?: string | undefined;
}

export interface CertificateReport {
  readonly expiresAt?: string | undefined;
  /** Reason why the certificate files are unusable. The last valid certificate stays in use. */
  readonly problem?: string | undefined;
}

export interface DeadLettersReport {
  /** Number of events that became dead letters in the last 15 minutes. */
  readonly recent: number;
  readonly newest?: { readonly at: string; readonly webhook: string; readonly reason: string } | undefined;
}

/**
 * Counts of received and settled events. Every received event is settled once it is stored, dead-lettered or rejected.
 */
export interface LedgerReport {
  readonly received: number;
  readonly settled: number;
}

export interface ReadBackReport {
  /** Describes the acknowledged record that the store has lost. */
  readonly lost?: string | undefined;
  /** Reason why the read-back check cannot read stored records. */
  readonly unread?: string | undefined;
}

export type FilterReport = FilterFacts & HeadlineReport;

/** All facts of a revision filter's report from which its headline is derived. */
export interface FilterFacts extends ProcessReport {
  readonly process: 'filter';
  readonly group: string;
  readonly topics: { readonly events: string; readonly latest: string; readonly deadLetter: string };
  readonly partitions: readonly PartitionReport[];
  /** Average of the last five minutes. */
  readonly recordsPerMinute: number;
  /** The last detected loss of records in a topic. Absent if no loss was detected. */
  readonly lastReset?:
    | { readonly at: string; readonly partition: number; readonly reason: string }
    | undefined;
}

export interface PartitionReport {
  readonly partition: number;
  readonly state: string;
  /** Number of records that have not been filtered yet. Absent if the number is unknown. */
  readonly lag?: number | undefined;
  /** Number of entities whose highest revision is in memory. */
  readonly entities?: number | undefined;
}
