export interface CheckState {
  readonly ok: boolean;
  /** One sentence for a person; may be empty when ok. */
  readonly detail: string;
  /** The detail is of something wrong that no process has to be free of to be ready. */
  readonly hasFault?: true;
}

/** What has to be ok for a process to become ready. */
export interface ReadinessCheck {
  readonly name: string;
  check(): CheckState;
}
