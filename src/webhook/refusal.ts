import type { SinkErrorCode } from '../sink/sink.ts';

/** Why a delivery was not accepted. The same word is the metric's `reason` and the log's `reason`. */
export type RefusalCode =
  | 'no_signature'
  | 'bad_signature'
  | 'secret_unusable'
  | 'too_large'
  | 'unsupported_encoding'
  | 'body_timeout'
  | 'aborted'
  | 'overloaded'
  | 'unverified_overload'
  | 'draining'
  | 'dead_letter_refused'
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
