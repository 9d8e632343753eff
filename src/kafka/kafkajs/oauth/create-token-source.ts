import type { KafkaOauthConfig } from '../../../config/kafka-oauth-config.ts';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import { fetchMskIamToken } from './aws-msk-iam.ts';
import { createCachedTokens } from './cached-tokens.ts';
import { fetchClientCredentialsToken } from './client-credentials.ts';
import { createFileTokens } from './file-tokens.ts';
import type { TokenSource } from './oauth-token.ts';

export function createTokenSource(oauth: KafkaOauthConfig, clock: Clock = systemClock): TokenSource {
  switch (oauth.provider) {
    case 'token-file':
      return createFileTokens(oauth.tokenFile, oauth.extensions);
    case 'client-credentials':
      return createCachedTokens({ fetchToken: () => fetchClientCredentialsToken(oauth), clock });
    case 'aws-msk-iam':
      return createCachedTokens({ fetchToken: () => fetchMskIamToken(oauth.region), clock });
  }
}
