import type { AuthenticationProviderArgs, Authenticator } from 'kafkajs';
import { describeError } from '../../../../../runtime/errors.ts';
import type { Logger } from '../../../../../runtime/logger.ts';
import { ConnectionError } from '../../errors/connection-error.ts';
import { findErrorCode } from '../../errors/kafka-answer-error.ts';
import { errorCodes } from '../../errors/kafka-errors.ts';
import type { OauthToken, TokenSource } from './oauth-token.ts';

const separator = '\u0001';
const maxTextCharacters = 300;

/**
 * Logs a connection in. kafkajs's own way takes every answer for success. A broker that refuses a token answers first
 * why, without an error code, and waits for an empty message before it ends the login (RFC 7628, section 3.2.3).
 */
export function createOauthAuthentication(tokens: TokenSource, logger: Logger) {
  return ({ saslAuthenticate, host, port }: AuthenticationProviderArgs): Authenticator => ({
    async authenticate() {
      const token = await tokens.current();
      const failure = tokens.failure();
      if (failure !== undefined) {
        logger.warn(
          { broker: `${host}:${port}`, failure: failure.message },
          'the OAuth token cannot be renewed; the last one is still valid and in use',
        );
      }
      const refusal = await present(saslAuthenticate, token);
      if (refusal !== undefined && refusal !== '') {
        const text = `the broker refused the OAuth token: ${clean(refusal)}; its own log says why`;
        const error = new ConnectionError('authentication', text);
        tokens.refuse(token, error);
        throw error;
      }
    },
  });
}

/** @returns why the broker refuses the token; nothing, or an empty text, when it takes it */
async function present(
  saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'],
  token: OauthToken,
): Promise<string | undefined> {
  try {
    const refusal = await ask(saslAuthenticate, encodeToken(token));
    if (refusal !== undefined && refusal !== '') {
      // The broker ends the login with an error of its own, which says no more.
      await ask(saslAuthenticate, separator).catch(() => undefined);
    }
    return refusal;
  } catch (error) {
    // Other brokers than Apache's refuse a token with an error at once.
    if (findErrorCode(error) === errorCodes.SASL_AUTHENTICATION_FAILED) {
      return describeError(error);
    }
    throw error;
  }
}

/** @returns what the broker answers, as text */
async function ask(
  saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'],
  message: string,
): Promise<string | undefined> {
  const bytes = Buffer.from(message);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  const answer = await saslAuthenticate<string>({
    request: { encode: () => Buffer.concat([length, bytes]) },
    response: {
      // After the length, which is -1 when there is nothing. kafkajs needs a promise where its types ask for none.
      decode: async (payload) => payload.subarray(4),
      parse: (text) => text.toString(),
    },
  });
  return answer ?? undefined;
}

/** The first message of the client (RFC 7628, section 3.1). */
function encodeToken({ value, extensions }: OauthToken): string {
  const pairs = Object.entries({ auth: `Bearer ${value}`, ...extensions });
  return `n,,${separator}${pairs.map(([name, text]) => `${name}=${text}${separator}`).join('')}${separator}`;
}

function clean(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, maxTextCharacters);
}
