/** One HMAC key of a registration. Several are valid at once while a secret is rotated. */
export interface Secret {
  /** From the file's name or the variable, for example `current`: a metric label, so never the value. */
  readonly label: string;
  readonly value: string;
}

/** Below this the provider's documentation calls a secret too weak; the receiver refuses it. */
export const minSecretCharacters = 16;

/** What is known of a registration's secrets at one moment. */
export interface KnownSecrets {
  readonly secrets: readonly Secret[];
  /** What is there and cannot be used: whoever signs with such a one cannot be told from a stranger. */
  readonly faults: readonly SecretFault[];
}

export interface SecretFault {
  /** As that of the secret would be; `undefined` when all of them cannot be read. */
  readonly label: string | undefined;
  /** A sentence for the operator, never with the value. */
  readonly message: string;
}
