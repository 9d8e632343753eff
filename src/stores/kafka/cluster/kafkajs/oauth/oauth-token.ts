/** A token as the SASL mechanism OAUTHBEARER sends it. */
export interface OauthToken {
  readonly value: string;
  readonly extensions: Readonly<Record<string, string>>;
}

/** A token that may be kept for a while. */
export interface LimitedToken extends OauthToken {
  /** From the time at which it was asked for: a clock that is set does not make it longer or shorter. */
  readonly lifeMs: number;
}

export interface TokenSource {
  /**
   * A token that is valid now, as far as the client can know.
   *
   * @throws ConnectionError when there is none
   */
  current(): Promise<OauthToken>;
  /** A broker has refused this token: it is not given out again. */
  refuse(token: OauthToken, error: Error): void;
  /** Why the last attempt to renew the token failed; `undefined` after a good one. */
  failure(): Error | undefined;
}

/**
 * Refuses text that is no token: its characters are those of RFC 6750. Anything else would end the token early in the
 * message to the broker. The text itself is never part of the message.
 */
export function verifyTokenText(text: string): string {
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(text)) {
    throw new Error(text === '' ? 'it is empty' : 'it has characters that no token has');
  }
  return text;
}
