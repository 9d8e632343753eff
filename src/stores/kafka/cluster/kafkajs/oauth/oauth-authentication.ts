import type { AuthenticationProviderArgs, Authenticator } from 'kafkajs';
import { describeError } from '../../../../../runtime/errors.ts';
import type { Logger } from '../../../../../runtime/logger.ts';
import { ConnectionError } from '../../errors/connection-error.ts';
import { findErrorCode } from '../../errors/kafka-answer-error.ts';
import { errorCodes } from '../../errors/kafka-errors.ts';
import type { OauthToken, TokenSource } from './oauth-token.ts';

const saslSeparator = '\u0001';
const maxTextCharacters = 300;

/**
 * Authenticates a connection with OAUTHBEARER. The kafkajs implementation treats every response as a success.
 * However, a broker that rejects a token first sends the reason without an error code. It then waits for an empty
 * message before the login fails (RFC 7628, section 3.2.3).
 */
export function createOauthAuthentication(tokens: TokenSource, logger: Logger) {
  return ({ saslAuthenticate, host, port }: AuthenticationProviderArgs): Authenticator => ({
    async authenticate() {
      const token = await tokens.current();
      const failure = tokens.failure();
      if (failure !== undefined) {
        logger.warn(
          { broker: `${host}:${port}`, failure: failure.message },
          'cannot renew the OAuth token: the last token is still valid and stays in use. The field "failure" contains the reason',
        );
      }
      const rejection = await sendTokenToBroker(saslAuthenticate, token);
      if (rejection !== undefined && rejection !== '') {
        const text = `the broker rejected the OAuth token: ${removeControlCharacters(rejection)}; see the broker's log for the reason`;
        const error = new ConnectionError('authentication', text);
        tokens.invalidate(token, error);
        throw error;
      }
    },
  });
}

/**
 * Sends the token to the broker.
 *
 * @returns the reason why the broker rejects the token, or `undefined` or an empty text if the broker accepts it
 */
async function sendTokenToBroker(
  saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'],
  token: OauthToken,
): Promise<string | undefined> {
  try {
    const rejection = await sendMessage(saslAuthenticate, encodeToken(token));
    if (rejection !== undefined && rejection !== '') {
      // The broker then fails the login with an error that contains no further information.
      await sendMessage(saslAuthenticate, saslSeparator).catch(() => undefined);
    }
    return rejection;
  } catch (error) {
    // Brokers other than Apache Kafka respond to an invalid token with an error at once.
    if (findErrorCode(error) === errorCodes.SASL_AUTHENTICATION_FAILED) {
      return describeError(error);
    }
    throw error;
  }
}

/** Sends one SASL message. @returns the broker's response as text */
async function sendMessage(
  saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'],
  message: string,
): Promise<string | undefined> {
  const bytes = Buffer.from(message);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  const answer = await saslAuthenticate<string>({
    request: { encode: () => Buffer.concat([length, bytes]) },
    response: {
      // Skips the length prefix, which is −1 for an empty response. Contrary to its types, kafkajs requires a promise
      // here.
      decode: async (payload) => payload.subarray(4),
      parse: (text) => text.toString(),
    },
  });
  return answer ?? undefined;
}

/** Encodes the first message from the client (RFC 7628, section 3.1). */
function encodeToken({ value, extensions }: OauthToken): string {
  const pairs = Object.entries({ auth: `Bearer ${value}`, ...extensions });
  return `n,,${saslSeparator}${pairs.map(([name, text]) => `${name}=${text}${saslSeparator}`).join('')}${saslSeparator}`;
}

function removeControlCharacters(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, maxTextCharacters);
}
