export interface CheckState {
  readonly ok: boolean;
  /** Description of the result, as one sentence for the operator. May be empty if the check is ok. */
  readonly detail: string;
  /** Whether the detail describes a problem that does not affect readiness. */
  readonly hasFault?: true;
}

/** A condition that must be ok before a process becomes ready. */
export interface ReadinessCheck {
  readonly name: string;
  check(): CheckState;
}
