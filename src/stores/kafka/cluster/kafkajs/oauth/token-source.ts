import { dropLineEnd, maxCredentialBytes } from '../../../../../config/credential.ts';
import type { KafkaOauthConfig } from '../../../../../config/kafka-oauth-config.ts';
import { rereadTextFile } from '../../../../../config/read-text-file.ts';
import { type Clock, systemClock } from '../../../../../runtime/clock.ts';
import { describeError, hasCode } from '../../../../../runtime/errors.ts';
import { withDeadline } from '../../../../../runtime/with-deadline.ts';
import { ConnectionError } from '../../errors/connection-error.ts';
import { fetchClientCredentialsToken } from './client-credentials.ts';
import { type LimitedToken, type OauthToken, type TokenSource, verifyTokenText } from './oauth-token.ts';

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

/** A token that somebody else renews, such as the kubelet. The file is read each time a token is needed. */
function createFileTokens(file: string, extensions: OauthToken['extensions']): TokenSource {
  return {
    async current() {
      try {
        const text = dropLineEnd(await rereadTextFile(file, maxCredentialBytes));
        return { value: verifyTokenText(text), extensions };
      } catch (error) {
        throw new ConnectionError(
          'authentication',
          `KAFKA_OAUTH_TOKEN_FILE: the file ${file} holds no token: ${describeError(error)}`,
          { cause: error },
        );
      }
    },
    // The next login reads the file again.
    refuse: () => undefined,
    failure: () => undefined,
  };
}

const signingTimeoutMs = 10_000;
const toLateError = () => new Error(`finding credentials took longer than ${signingTimeoutMs} ms`);

/**
 * Signs a token for Amazon MSK with the credentials that the AWS SDK finds: environment, web identity, container or
 * instance. AWS's own package does it. It is loaded here only, because most installations do not have it.
 *
 * @throws Error that names what to install, or what the signer said
 */
export async function fetchMskIamToken(region: string): Promise<LimitedToken> {
  const { generateAuthToken } = await loadSigner();
  try {
    const askedAt = systemClock.epochMs();
    const signing = generateAuthToken({ region });
    const { token, expiryTime } = await withDeadline(signing, signingTimeoutMs, toLateError);
    return { value: verifyTokenText(token), lifeMs: expiryTime - askedAt, extensions: {} };
  } catch (error) {
    throw new Error(`the AWS signer gives no token: ${describeError(error)}`, { cause: error });
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
      'KAFKA_SASL_MECHANISM=oauthbearer with AWS_REGION alone needs the package aws-msk-iam-sasl-signer-js, which is not installed: see docs/kafka.md#amazon-msk for how to add it to the image, or run "npm install aws-msk-iam-sasl-signer-js@1.0.3"',
      { cause: error },
    );
  }
}

/** As Kafka's own client: a token is renewed after this part of its life. */
const renewAfter = 0.8;
/**
 * Before its end a token is not used any more: it has to arrive, and clocks differ. A session is no longer than the rest of
 * its token, whose end is in whole seconds, and the broker takes the next login after a second at the earliest.
 */
const marginMs = { min: 3_000, max: 5_000 };
/** A token that a broker refused may have been issued wrongly: no other one is asked for so soon after it. */
const refusedPauseMs = 5_000;
/** After a failure the endpoint is left alone for this time: many refusals in a row can lock a client out. */
const pauseMs = 1_000;

interface CachedTokensDeps {
  /** Must end by itself, in bounded time. */
  readonly fetchToken: () => Promise<LimitedToken>;
  readonly clock: Clock;
}

interface Kept {
  readonly token: LimitedToken;
  readonly askedAt: number;
  readonly renewAt: number;
  readonly usableUntil: number;
}

/**
 * Keeps one token for all connections. Near its end it is renewed while the old one still serves, so that nobody waits
 * for the endpoint. At most one request is under way at any time.
 */
export function createCachedTokens({ fetchToken, clock }: CachedTokensDeps): TokenSource {
  let kept: Kept | undefined;
  let fetching: Promise<LimitedToken> | undefined;
  let failure: Error | undefined;
  let pausedUntil = 0;

  async function renew(): Promise<LimitedToken> {
    const askedAt = clock.now();
    try {
      const token = await fetchToken();
      const { lifeMs } = token;
      const { min, max } = marginMs;
      const usableMs = lifeMs - Math.min(Math.max(lifeMs * (1 - renewAfter), min), max);
      kept = {
        token,
        askedAt,
        renewAt: askedAt + Math.min(lifeMs * renewAfter, usableMs),
        usableUntil: askedAt + usableMs,
      };
      failure = undefined;
      return token;
    } catch (error) {
      failure = new ConnectionError('authentication', describeError(error), { cause: error });
      pausedUntil = clock.now() + pauseMs;
      throw failure;
    }
  }

  return {
    async current() {
      const now = clock.now();
      if (kept !== undefined && now < kept.renewAt) {
        return kept.token;
      }
      const usable = kept !== undefined && now < kept.usableUntil ? kept.token : undefined;
      if (failure !== undefined && now < pausedUntil) {
        return usable ?? Promise.reject(failure);
      }
      fetching ??= renew().finally(() => {
        fetching = undefined;
      });
      if (usable === undefined) {
        return fetching;
      }
      // `failure` keeps the reason.
      fetching.catch(() => undefined);
      return usable;
    },
    refuse(token, error) {
      if (kept?.token === token) {
        pausedUntil = kept.askedAt + refusedPauseMs;
        kept = undefined;
        failure = error;
      }
    },
    failure: () => failure,
  };
}
