/** An HMAC key of a registration. During a rotation, several are valid at once. */
export interface Secret {
  /**
   * Derived from the name of the file or variable, for example `current`. It is used as a metric label, so it never contains
   * the value.
   */
  readonly label: string;
  readonly value: string;
}

/** Minimum length. The provider's documentation calls a shorter secret too weak, and the receiver rejects it. */
export const minSecretCharacters = 16;

/** The secrets of a registration at one point in time. */
export interface KnownSecrets {
  readonly secrets: readonly Secret[];
  /** Secrets that exist but cannot be used. Their signatures cannot be distinguished from forged ones. */
  readonly problems: readonly SecretProblem[];
}

export interface SecretProblem {
  /** The label of the secret; `undefined` if none of the secrets can be read. */
  readonly label: string | undefined;
  /** A sentence for the operator. Never contains the value. */
  readonly message: string;
}
