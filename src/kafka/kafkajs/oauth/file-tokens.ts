import { readFile } from 'node:fs/promises';
import { describeError } from '../../../runtime/describe-error.ts';
import { ConnectionError } from '../../errors/connection-error.ts';
import { type OauthToken, type TokenSource, verifyTokenText } from './oauth-token.ts';

/** A token that somebody else renews, such as the kubelet. The file is read each time a token is needed. */
export function createFileTokens(file: string, extensions: OauthToken['extensions']): TokenSource {
  return {
    async current() {
      try {
        return { value: verifyTokenText((await readFile(file, 'utf8')).trim()), extensions };
      } catch (error) {
        throw new ConnectionError(
          'authentication',
          `KAFKA_OAUTH_TOKEN_FILE holds no token: ${describeError(error)}`,
          { cause: error },
        );
      }
    },
    failure: () => undefined,
  };
}
