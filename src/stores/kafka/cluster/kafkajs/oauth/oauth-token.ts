/** A token for the SASL mechanism OAUTHBEARER. */
export interface OauthToken {
  readonly value: string;
  readonly extensions: Readonly<Record<string, string>>;
}

/** A token with a known lifetime. */
export interface LimitedToken extends OauthToken {
  /** Lifetime from the time of the request. Clock adjustments do not affect it. */
  readonly lifeMs: number;
}

export interface TokenSource {
  /**
   * Returns a token that is valid now, as far as the client can know.
   *
   * @throws ConnectionError if there is no token
   */
  current(): Promise<OauthToken>;
  /** Call after a broker rejected the token: it is not returned again. */
  invalidate(token: OauthToken, error: Error): void;
  /** Error of the last attempt to renew the token. `undefined` if it succeeded. */
  failure(): Error | undefined;
}

/**
 * Verifies that a text has only the characters of a token (RFC 6750). Other characters could end the token early in the
 * message to the broker.
 *
 * @throws Error that does not contain the text itself
 */
export function verifyTokenText(text: string): string {
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(text)) {
    throw new Error(text === '' ? 'it is empty' : 'it has characters that are not allowed in a token');
  }
  return text;
}
