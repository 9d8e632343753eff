import type { SecretFlags } from './read-secret.ts';

/** What a command that signs as the provider does is given, as commander takes it. */
export interface SigningFlags extends SecretFlags {
  readonly signatureHeader?: string;
}

export const secretFileOption = [
  '--secret-file <file>',
  'file with the secret; without it WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR is used',
] as const;

export const secretDirOption = [
  '--secret-dir <directory>',
  "the receiver's directory of secrets instead: any usable one signs",
] as const;

export const signatureHeaderOption = [
  '--signature-header <name>',
  'header that carries the signature (default: SIGNATURE_HEADER, else x-comapi-signature)',
] as const;
