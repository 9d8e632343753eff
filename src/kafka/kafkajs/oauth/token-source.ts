import { dropLineEnd, maxCredentialBytes } from '../../../config/credential.ts';
import type { KafkaOauthConfig } from '../../../config/kafka-oauth-config.ts';
import { readTextFile } from '../../../config/read-text-file.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { describeError } from '../../../runtime/errors.ts';
import { ConnectionError } from '../../errors/connection-error.ts';
import { fetchMskIamToken } from './aws-msk-iam.ts';
import { createCachedTokens } from './cached-tokens.ts';
import { fetchClientCredentialsToken } from './client-credentials.ts';
import { type OauthToken, type TokenSource, verifyTokenText } from './oauth-token.ts';

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
        const text = dropLineEnd(readTextFile(file, maxCredentialBytes));
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
