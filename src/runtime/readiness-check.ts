export interface CheckState {
  readonly ok: boolean;
  /** One sentence for the operator. May be empty if ok. */
  readonly detail: string;
  /** The detail describes a problem that does not affect readiness. */
  readonly hasFault?: true;
}

/** A condition that must be ok before a process becomes ready. */
export interface ReadinessCheck {
  readonly name: string;
  check(): CheckState;
}
