import { dropLineEnd, maxCredentialBytes } from '../../../../../config/credential.ts';
import type { KafkaOauthConfig } from '../../../../../config/kafka-oauth-config.ts';
import { rereadTextFile } from '../../../../../config/read-text-file.ts';
import { systemClock } from '../../../../../runtime/clock.ts';
import { describeError, hasCode } from '../../../../../runtime/errors.ts';
import { within } from '../../../../../runtime/within.ts';
import { ConnectionError } from '../../errors/connection-error.ts';
import { createCachedTokens } from './cached-tokens.ts';
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
          `KAFKA_OAUTH_TOKEN_FILE holds no token: ${describeError(error)}`,
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
    const { token, expiryTime } = await within(signing, signingTimeoutMs, toLateError);
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
      'KAFKA_OAUTH_PROVIDER=aws-msk-iam needs the package aws-msk-iam-sasl-signer-js, which is not installed: see docs/kafka/oauth.md for how to add it to the image, or run "npm install aws-msk-iam-sasl-signer-js@1.0.3"',
      { cause: error },
    );
  }
}
