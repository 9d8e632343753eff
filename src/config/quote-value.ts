import { minSecretCharacters } from '../webhook/secret.ts';

/**
 * A refused value for a message: quoted, unless it could hold a credential. A value with "@" may be a URL with a user and
 * a password. A value as long as a secret may be one, in the wrong variable.
 */
export function quoteValue(text: string): string {
  return text.includes('@') || text.length >= minSecretCharacters ? 'the value' : `"${text}"`;
}
