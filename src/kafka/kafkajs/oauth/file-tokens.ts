import { maxCredentialBytes } from '../../../config/credential.ts';
import { readTextFile } from '../../../config/read-text-file.ts';
import { describeError } from '../../../runtime/describe-error.ts';
import { dropLineEnd } from '../../../runtime/drop-line-end.ts';
import { ConnectionError } from '../../errors/connection-error.ts';
import { type OauthToken, type TokenSource, verifyTokenText } from './oauth-token.ts';

/** A token that somebody else renews, such as the kubelet. The file is read each time a token is needed. */
export function createFileTokens(file: string, extensions: OauthToken['extensions']): TokenSource {
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
