export interface CheckState {
  readonly ok: boolean;
  /** One sentence for a person; may be empty when ok. */
  readonly detail: string;
}

/** One condition of readiness. */
export interface ReadinessCheck {
  readonly name: string;
  check(): CheckState;
}
