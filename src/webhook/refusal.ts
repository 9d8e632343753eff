import type { SinkErrorCode } from '../ports/sink.ts';
import { type HeaderCause, signatureAdvice } from './explain/signature-cause.ts';

/** Why a delivery was not accepted. The same word is the metric's `reason` and the log's `reason`. */
export type RefusalCode =
  /** It has no signature header. */
  | 'no_signature'
  /** Its signature has another form than the provider's, or is of none of the secrets. */
  | 'bad_signature'
  /** Its signature may be of a secret that this process cannot use now. */
  | 'secret_unusable'
  /** Its body has more than `MAX_BODY_BYTES`. */
  | 'too_large'
  /** Its body has a content encoding: the signature is over plain bytes. */
  | 'unsupported_encoding'
  /** Its body did not arrive in time. */
  | 'body_timeout'
  /** Its connection ended before its body was whole. */
  | 'aborted'
  /** As many deliveries or bytes as this process takes at once are under way, in all or of its registration. */
  | 'overloaded'
  /** As many bytes as may wait for a signature check have arrived; strangers can cause that, too. */
  | 'unverified_overload'
  /** The process is shutting down. */
  | 'draining'
  /** The store rejects the dead letter of an event that it rejected. */
  | 'dead_letter_refused'
  /** A step threw what it must not throw: an error in this program. */
  | 'internal_error'
  | SinkErrorCode;

/** Thrown by the step that refuses a delivery. */
export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** Its signature header alone shows that it is not the provider's. */
export class SignatureHeaderRefusal extends Refusal {
  readonly reason: HeaderCause;

  constructor(reason: HeaderCause) {
    super(reason === 'missing' ? 'no_signature' : 'bad_signature', signatureAdvice[reason]);
    this.reason = reason;
  }
}

/** Its signature has the right form, and is of none of the secrets. */
export class SignatureMismatch extends Refusal {
  /** Private, because loggers write the fields of an error. */
  readonly #compared: ComparedSignature;

  constructor(compared: ComparedSignature) {
    super('bad_signature', 'The signature matches none of the secrets');
    this.#compared = compared;
  }

  /** What was compared, for an examination. */
  get compared(): ComparedSignature {
    return this.#compared;
  }
}

interface ComparedSignature {
  readonly body: Buffer;
  readonly digest: Buffer;
}
