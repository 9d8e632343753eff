import { minSecretCharacters } from '../webhook/secret.ts';

/**
 * A refused value for a message: quoted, unless it could hold a credential. That is any with an "@", where a URL has its
 * user and password before it, and any as long as a secret, which may have got into the wrong variable.
 */
export function quoteValue(text: string): string {
  return text.includes('@') || text.length >= minSecretCharacters ? 'the value' : `"${text}"`;
}
