export interface CheckState {
  readonly ok: boolean;
  /** One sentence for a person; may be empty when ok. */
  readonly detail: string;
  /** The detail is of something wrong that does not make the process unready. */
  readonly hasFault?: true;
}

/** One condition of readiness. */
export interface ReadinessCheck {
  readonly name: string;
  check(): CheckState;
}
