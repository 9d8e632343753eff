/** One HMAC key of a registration. Several are valid at once while a secret is rotated. */
export interface Secret {
  /** From the file's name or the variable, for example `current`: a metric label, so never the value. */
  readonly label: string;
  readonly value: string;
}

/** Below this the provider's documentation calls a secret too weak; the receiver refuses it. */
export const minSecretCharacters = 16;
