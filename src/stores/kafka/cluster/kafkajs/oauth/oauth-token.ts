export interface OauthToken {
  readonly value: string;
  readonly extensions: Readonly<Record<string, string>>;
}

export interface ExpiringToken extends OauthToken {
  /** Lifetime in milliseconds, measured from the time of the request. Clock adjustments do not affect the lifetime. */
  readonly lifeMs: number;
}

export interface TokenSource {
  /**
   * Returns a token that is currently valid, to the client's knowledge.
   *
   * @throws ConnectionError if no token is available
   */
  current(): Promise<OauthToken>;
  /** Must be called after a broker has rejected the token, so that the token is not returned again. */
  invalidate(token: OauthToken, error: Error): void;
  /** Returns the error of the last attempt to renew the token, or `undefined` if that attempt succeeded. */
  failure(): Error | undefined;
}

/**
 * Verifies that a text contains only valid token characters (RFC 6750). Other characters could terminate the token
 * early in the message to the broker.
 *
 * @throws Error that does not contain the text itself
 */
export function verifyTokenText(text: string): string {
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(text)) {
    throw new Error(
      text === '' ? 'the token is empty' : 'the token contains characters that RFC 6750 does not allow',
    );
  }
  return text;
}
