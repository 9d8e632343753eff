import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { minSecretCharacters, type Secret } from '../webhook/secret.ts';

/** Where a registration's secrets come from. Files are read again while the process runs. */
export type SecretSource =
  | { readonly kind: 'values'; readonly secrets: readonly Secret[] }
  /** Each regular file is one secret and its name the label; a mounted Kubernetes Secret has this form. */
  | { readonly kind: 'directory'; readonly directory: string }
  /** The secret that a development start makes for itself. */
  | { readonly kind: 'generated'; readonly file: string };

/**
 * Reads the secrets as they are now. One line end at the end of a file is not part of the secret.
 *
 * @throws {Error} with a sentence for the operator when one is unreadable or too short, or when there is none
 */
export function loadSecrets(source: SecretSource): readonly Secret[] {
  const secrets = readSecrets(source);
  if (secrets.length === 0) {
    throw new Error(`there is no secret in ${source.kind === 'directory' ? source.directory : 'it'}`);
  }
  for (const { label, value } of secrets) {
    if (value.length < minSecretCharacters) {
      throw new Error(
        `the secret "${label}" has ${value.length} characters: use at least ${minSecretCharacters}, better 36 or more`,
      );
    }
  }
  return secrets;
}

function readSecrets(source: SecretSource): readonly Secret[] {
  switch (source.kind) {
    case 'values':
      return source.secrets;
    case 'generated':
      return [{ label: 'development', value: readSecretFile(source.file) }];
    case 'directory':
      return readdirSync(source.directory)
        .filter((name) => !name.startsWith('.'))
        .map((name) => ({ label: name, file: join(source.directory, name) }))
        .filter(({ file }) => statSync(file).isFile())
        .map(({ label, file }) => ({ label, value: readSecretFile(file) }));
  }
}

function readSecretFile(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}
