import type { SinkRecord } from '../ports/sink.ts';
import type { Admission } from './admission-gate.ts';
import type { RefusalCode } from './refusal.ts';
import type { KnownSecrets } from './secret.ts';
import type { TestEventLabel } from './test-events.ts';
import type { DeadLetterReason, RecordTopics } from './to-record.ts';

/** A registration with the provider. */
export interface Webhook {
  readonly name: string;
  readonly path: string;
  readonly topics: RecordTopics;
  /** Returns the current secrets. Called for every delivery, because secrets change while the process runs. */
  secrets(): KnownSecrets;
}

/** A request of the provider, as the HTTP layer forwards it. */
export interface Delivery {
  readonly webhook: Webhook;
  readonly signature: string | undefined;
  /** Value of `Content-Length`, or `undefined` for a chunked body. */
  readonly declaredBytes: number | undefined;
  readonly contentEncoding: string | undefined;
  /**
   * W3C trace context that the records get. If the delivery is traced, the context of its own trace replaces the
   * context of the request.
   */
  traceparent: string | undefined;
  /** The sender, for the log and for traces. */
  readonly sender: Sender;
  /** Time by which the response must be sent, as a `Clock.now` value. */
  readonly deadline: number;
  /** Called when the signature is verified. */
  onVerified(): void;
  /** @throws {Refusal} `too_large`, `body_timeout`, `aborted`, `overloaded` or `unverified_overload` */
  readBody(admission: Admission): Promise<Buffer>;
}

/** Facts about the sender of a delivery. A client can choose all of them except the remote address. */
export interface Sender {
  /** Address of the connection, which may be the address of a proxy. */
  readonly remoteAddress: string | undefined;
  /** Start of the header `X-Forwarded-For`. */
  readonly forwardedFor: string | undefined;
  readonly tracestate: string | undefined;
  readonly scheme: 'http' | 'https';
}

/** The outcome of a delivery. The response, the metrics and the log line are derived from it. */
export interface Outcome {
  readonly code: 'ok' | RefusalCode;
  readonly bodyBytes: number;
  /** Number of events in the verified body. Each one is stored, spooled, dead-lettered or refused. */
  readonly received: number;
  readonly stored: number;
  /** Number of events that were written to the spool because the store did not confirm them in time. */
  readonly spooled: number;
  /**
   * Records of all events that have a key, including events that were not stored. Absent if the delivery was rejected
   * before its events were read.
   */
  readonly events?: readonly SinkRecord[] | undefined;
  readonly deadLettered: ReadonlyMap<DeadLetterReason, number>;
  /** Label of the secret that verified the body. */
  readonly secret?: string | undefined;
  /** Label of the test events. Present if the body contains only test events of this product. */
  readonly own?: TestEventLabel | undefined;
  /** Time at which the records were sent to the store, as a value of `performance.now`. */
  readonly appendStartedAt?: number | undefined;
  readonly appendMs?: number | undefined;
  /** The error that caused a refusal, for the log. */
  readonly cause?: unknown;
}
