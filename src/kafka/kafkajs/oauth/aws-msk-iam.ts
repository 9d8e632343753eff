import { systemClock } from '../../../runtime/clock.ts';
import { describeError, hasCode } from '../../../runtime/errors.ts';
import { within } from '../../../runtime/within.ts';
import { type LimitedToken, verifyTokenText } from './oauth-token.ts';

const timeoutMs = 10_000;
const toLate = () => new Error(`finding credentials took longer than ${timeoutMs} ms`);

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
    const { token, expiryTime } = await within(signing, timeoutMs, toLate);
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
