import { maxCredentialBytes, removeTrailingLineBreak } from '../../../../../config/credential.ts';
import type { KafkaOauthConfig } from '../../../../../config/kafka-oauth-config.ts';
import { readTextFileAsync } from '../../../../../config/read-text-file.ts';
import { type Clock, systemClock } from '../../../../../runtime/clock.ts';
import { describeError, hasCode } from '../../../../../runtime/errors.ts';
import { withDeadline } from '../../../../../runtime/with-deadline.ts';
import { ConnectionError } from '../../errors/connection-error.ts';
import { fetchClientCredentialsToken } from './client-credentials.ts';
import { type ExpiringToken, type OauthToken, type TokenSource, verifyTokenText } from './oauth-token.ts';

export function createTokenSource(oauth: KafkaOauthConfig): TokenSource {
  switch (oauth.provider) {
    case 'token-file':
      return createFileTokens(oauth.tokenFile, oauth.extensions);
    case 'client-credentials':
      return createCachedTokens({ fetchToken: () => fetchClientCredentialsToken(oauth), clock: systemClock });
    case 'aws-msk-iam':
      return createCachedTokens({ fetchToken: () => fetchMskIamToken(oauth.region), clock: systemClock });
  }
}

/** Reads a token from a file that another process, such as the kubelet, renews. The file is read again for each login. */
function createFileTokens(file: string, extensions: OauthToken['extensions']): TokenSource {
  return {
    async current() {
      try {
        const text = removeTrailingLineBreak(await readTextFileAsync(file, maxCredentialBytes));
        return { value: verifyTokenText(text), extensions };
      } catch (error) {
        throw new ConnectionError(
          'authentication',
          `KAFKA_OAUTH_TOKEN_FILE: the file ${file} does not contain a valid token: ${describeError(error)}`,
          { cause: error },
        );
      }
    },
    // No token is cached, because the next login reads the file again.
    invalidate: () => undefined,
    failure: () => undefined,
  };
}

const signingTimeoutMs = 10_000;
const createCredentialsTimeoutError = () =>
  new Error(`finding AWS credentials took longer than ${signingTimeoutMs} ms`);

/**
 * Signs a token for Amazon MSK with the credentials that the AWS SDK finds in the environment, a web identity, the
 * container or the instance. The AWS signer package is loaded on first use, because most installations do not include
 * it.
 *
 * @throws Error that names the package to install, or the error of the signer
 */
export async function fetchMskIamToken(region: string): Promise<ExpiringToken> {
  const { generateAuthToken } = await loadSigner();
  try {
    const requestedAt = systemClock.epochMs();
    const signingPromise = generateAuthToken({ region });
    const { token, expiryTime } = await withDeadline(
      signingPromise,
      signingTimeoutMs,
      createCredentialsTimeoutError,
    );
    return { value: verifyTokenText(token), lifeMs: expiryTime - requestedAt, extensions: {} };
  } catch (error) {
    throw new Error(`the AWS signer did not return a valid token: ${describeError(error)}`, { cause: error });
  }
}

async function loadSigner() {
  try {
    return await import('aws-msk-iam-sasl-signer-js');
  } catch (error) {
    if (!hasCode(error, 'ERR_MODULE_NOT_FOUND')) {
      throw error;
    }
    throw new Error(
      'The package aws-msk-iam-sasl-signer-js is not installed: KAFKA_SASL_MECHANISM=oauthbearer needs this package if only AWS_REGION is set. Add the package to the image (docs/kafka.md#amazon-msk), or run "npm install aws-msk-iam-sasl-signer-js@1.0.3"',
      { cause: error },
    );
  }
}

/** Fraction of a token's lifetime after which the token is renewed. The Kafka Java client uses the same fraction. */
const renewalLifetimeShare = 0.8;
/**
 * A token is no longer used during this time before it expires. The clocks of client and broker differ, and the token
 * takes time to reach the broker. In addition, a session ends when its token expires, and a broker rejects a second
 * login within one second.
 */
const expiryMarginMs = { min: 3_000, max: 5_000 };
/**
 * If a broker rejects a token, the next token is requested no earlier than this many milliseconds after the rejected
 * token was requested.
 */
const pauseAfterRejectedTokenMs = 5_000;
/**
 * Pause in milliseconds after a failed request to the endpoint. Without a pause, many consecutive failures could lock
 * the client out.
 */
const pauseAfterFailureMs = 1_000;

interface CachedTokensDeps {
  /** Requests a token. The promise must settle within a bounded time. */
  readonly fetchToken: () => Promise<ExpiringToken>;
  readonly clock: Clock;
}

interface CachedToken {
  readonly token: ExpiringToken;
  readonly requestedAt: number;
  readonly renewAt: number;
  readonly usableUntil: number;
}

/**
 * Caches one token for all connections. The token is renewed while the old token is still valid, so that no
 * connection waits for the endpoint. Only one request is in flight at a time.
 */
export function createCachedTokens({ fetchToken, clock }: CachedTokensDeps): TokenSource {
  let cachedToken: CachedToken | undefined;
  let fetchPromise: Promise<ExpiringToken> | undefined;
  let failure: Error | undefined;
  let pausedUntil = 0;

  async function renewToken(): Promise<ExpiringToken> {
    const requestedAt = clock.now();
    try {
      const token = await fetchToken();
      const { lifeMs } = token;
      const { min, max } = expiryMarginMs;
      const usableDurationMs = lifeMs - Math.min(Math.max(lifeMs * (1 - renewalLifetimeShare), min), max);
      cachedToken = {
        token,
        requestedAt,
        renewAt: requestedAt + Math.min(lifeMs * renewalLifetimeShare, usableDurationMs),
        usableUntil: requestedAt + usableDurationMs,
      };
      failure = undefined;
      return token;
    } catch (error) {
      failure = new ConnectionError('authentication', describeError(error), { cause: error });
      pausedUntil = clock.now() + pauseAfterFailureMs;
      throw failure;
    }
  }

  return {
    async current() {
      const now = clock.now();
      if (cachedToken !== undefined && now < cachedToken.renewAt) {
        return cachedToken.token;
      }
      const usableToken =
        cachedToken !== undefined && now < cachedToken.usableUntil ? cachedToken.token : undefined;
      if (failure !== undefined && now < pausedUntil) {
        return usableToken ?? Promise.reject(failure);
      }
      fetchPromise ??= renewToken().finally(() => {
        fetchPromise = undefined;
      });
      if (usableToken === undefined) {
        return fetchPromise;
      }
      // `renew` has already stored the error in `failure`.
      fetchPromise.catch(() => undefined);
      return usableToken;
    },
    invalidate(token, error) {
      if (cachedToken?.token === token) {
        pausedUntil = cachedToken.requestedAt + pauseAfterRejectedTokenMs;
        cachedToken = undefined;
        failure = error;
      }
    },
    failure: () => failure,
  };
}
