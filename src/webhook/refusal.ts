import type { SinkErrorCode } from '../ports/sink.ts';
import { type HeaderFailureCause, signatureAdvice } from './explain/signature-cause.ts';

/** Reason why a delivery was not accepted. The metrics and the log use the same word as `reason`. */
export type RefusalCode =
  /** The request has no signature header. */
  | 'no_signature'
  /** The signature is malformed, or matches none of the secrets. */
  | 'bad_signature'
  /** The signature may belong to a secret that this process cannot use now. */
  | 'secret_unusable'
  /** The body exceeds `MAX_BODY_BYTES`. */
  | 'too_large'
  /** The request has a Content-Encoding, but the provider signs the unencoded bytes. */
  | 'unsupported_encoding'
  /** The body did not arrive in time. */
  | 'body_timeout'
  /** The connection was closed before the body was complete. */
  | 'aborted'
  /** The maximum number of deliveries or bytes is in flight. */
  | 'overloaded'
  /** The maximum number of unverified bytes is in flight. Unauthenticated clients can cause this. */
  | 'unverified_overload'
  /** The process is shutting down. */
  | 'draining'
  /** The store rejected an event, and then also its dead letter. */
  | 'dead_letter_refused'
  /** A step failed with an unexpected error, which is a defect of this program. */
  | 'internal_error'
  | SinkErrorCode;

/** Error that a step throws to refuse a delivery. */
export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** The signature header alone shows that the delivery is not from the provider. */
export class SignatureHeaderRefusal extends Refusal {
  readonly reason: HeaderFailureCause;

  constructor(reason: HeaderFailureCause) {
    super(reason === 'missing' ? 'no_signature' : 'bad_signature', signatureAdvice[reason]);
    this.reason = reason;
  }
}

/** The signature is well-formed but matches none of the secrets. */
export class SignatureMismatch extends Refusal {
  /** The fields of this error are private, because loggers write all public fields of an error. */
  readonly #compared: ComparedSignature;

  constructor(compared: ComparedSignature) {
    super('bad_signature', 'The signature matches none of the secrets');
    this.#compared = compared;
  }

  /** The body and the digest that were compared. Both are kept so that the cause of the mismatch can be examined. */
  get compared(): ComparedSignature {
    return this.#compared;
  }
}

interface ComparedSignature {
  readonly body: Buffer;
  readonly digest: Buffer;
}
