import type { SinkRecord } from '../ports/sink.ts';
import type { Admission } from './admission-gate.ts';
import type { RefusalCode } from './refusal.ts';
import type { KnownSecrets } from './secret.ts';
import type { TestEventLabel } from './test-events.ts';
import type { DeadLetterReason, RecordTopics } from './to-record.ts';

/** One registration with the provider. */
export interface Webhook {
  readonly name: string;
  readonly path: string;
  readonly topics: RecordTopics;
  /** Read for every delivery: secrets change while the process runs. */
  secrets(): KnownSecrets;
}

export interface DeliveryTrace {
  /** The events of the delivery go to the store now. */
  beginStore(): void;
}

/** One request of the provider, as the HTTP layer hands it over. */
export interface Delivery {
  readonly webhook: Webhook;
  readonly signature: string | undefined;
  /** `Content-Length`; `undefined` for a chunked body. */
  readonly declaredBytes: number | undefined;
  readonly contentEncoding: string | undefined;
  readonly traceparent: string | undefined;
  /** Absent when nobody follows it. */
  readonly trace?: DeliveryTrace | undefined;
  /** In the time of `Clock.now`: the answer is out by then. */
  readonly deadline: number;
  /** Runs once the signature is verified. */
  readonly onVerified?: () => void;
  /** @throws {Refusal} `too_large`, `body_timeout`, `aborted`, `overloaded` or `unverified_overload` */
  readBody(admission: Admission): Promise<Buffer>;
}

/** How a delivery ended. The answer, the metrics and the log line are all made from this. */
export interface Outcome {
  readonly code: 'ok' | RefusalCode;
  readonly bodyBytes: number;
  /** Events in the verified body; each one is stored, dead-lettered or refused. */
  readonly received: number;
  readonly stored: number;
  /** Those with a key, as far as the delivery came; stored or not. */
  readonly events?: readonly SinkRecord[] | undefined;
  readonly deadLettered: ReadonlyMap<DeadLetterReason, number>;
  /** Label of the secret that verified the body. */
  readonly secret?: string | undefined;
  /** When the body has nothing but events that this product has sent. */
  readonly own?: TestEventLabel | undefined;
  readonly appendMs?: number | undefined;
  /** The error behind a refusal, for the log. */
  readonly cause?: unknown;
}

/** Events of one delivery that this program failed on. */
export interface FailedEvents {
  readonly webhook: string;
  readonly events: number;
  /** What was thrown for the first of them. */
  readonly err: unknown;
}
