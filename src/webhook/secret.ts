/** An HMAC key of a registration. During a rotation, several keys are valid at once. */
export interface Secret {
  /**
   * Label that is derived from the name of the file or variable, for example `current`. It is used as a metric label,
   * so it never contains the secret's value.
   */
  readonly label: string;
  readonly value: string;
}

/**
 * Minimum length of a secret. The provider's documentation calls a shorter secret too weak, so the receiver rejects
 * it.
 */
export const minSecretCharacters = 16;

/** The secrets of a registration at one point in time. */
export interface KnownSecrets {
  readonly secrets: readonly Secret[];
  /**
   * Secrets that exist but cannot be used. Signatures with these secrets cannot be distinguished from forged
   * signatures.
   */
  readonly problems: readonly SecretProblem[];
}

export interface SecretProblem {
  /** Label of the secret, or `undefined` if none of the secrets can be read. */
  readonly label: string | undefined;
  /** Description of the problem, as a sentence for the operator that never contains the secret's value. */
  readonly message: string;
}
