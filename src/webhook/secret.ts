/** One HMAC key of a registration. During a rotation several are valid at once. */
export interface Secret {
  /** From the name of the file or variable, for example `current`. It is a metric label, so it never holds the value. */
  readonly label: string;
  readonly value: string;
}

/** The provider's documentation calls a shorter secret too weak, and the receiver refuses it. */
export const minSecretCharacters = 16;

/** The secrets of a registration at one moment. */
export interface KnownSecrets {
  readonly secrets: readonly Secret[];
  /** Secrets that exist but cannot be used. What they sign cannot be told from what a stranger signs. */
  readonly problems: readonly SecretProblem[];
}

export interface SecretProblem {
  /** The label that the secret would have; `undefined` when none of the secrets can be read. */
  readonly label: string | undefined;
  /** A sentence for the operator, never with the value. */
  readonly message: string;
}
