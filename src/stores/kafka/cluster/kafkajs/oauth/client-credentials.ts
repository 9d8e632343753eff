import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text as readText } from 'node:stream/consumers';
import * as v from 'valibot';
import { rereadCredential } from '../../../../../config/credential.ts';
import type { ClientCredentialsConfig } from '../../../../../config/kafka-oauth-config.ts';
import { describeError } from '../../../../../runtime/errors.ts';
import { withDeadline } from '../../../../../runtime/with-deadline.ts';
import { type ExpiringToken, type OauthToken, verifyTokenText } from './oauth-token.ts';

const exchangeTimeoutMs = 10_000;
const readTimeoutMs = 10_000;
/** Assumed lifetime in seconds of a token without `expires_in`, which RFC 6749 recommends but does not require. */
const defaultTokenLifetimeSeconds = 60;
const maxTextCharacters = 300;

const tokenResponseSchema = v.object({
  access_token: v.string(),
  // Some endpoints return `expires_in` as a string.
  expires_in: v.optional(v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.minValue(1))),
});
const errorResponseSchema = v.object({ error: v.string(), error_description: v.optional(v.string()) });

/**
 * Requests a token from the token endpoint once (RFC 6749, section 4.4). The file with the client secret is read each
 * time.
 *
 * @throws Error with the response of the endpoint, but without the token or the secret
 */
export async function fetchClientCredentialsToken(
  config: ClientCredentialsConfig & { readonly extensions: OauthToken['extensions'] },
): Promise<ExpiringToken> {
  const { tokenEndpoint, extensions } = config;
  const secret = await withDeadline(readSecret(config), readTimeoutMs, () => {
    return new Error(`reading the client secret file took longer than ${readTimeoutMs} ms`);
  });
  let answer: FormAnswer;
  try {
    answer = await postForm(tokenEndpoint, {
      ...toRequest(config, secret),
      timeoutMs: exchangeTimeoutMs,
    });
  } catch (error) {
    throw new Error(`the token endpoint did not respond: ${describeError(error)}`, { cause: error });
  }
  const body = parseJson(answer.text);
  if (answer.status !== 200) {
    throw new Error(`the token endpoint returned ${answer.status}${describeEndpointError(body, secret)}`);
  }
  const parsedToken = v.safeParse(tokenResponseSchema, body);
  if (!parsedToken.success) {
    throw new Error('the token endpoint returned 200, but access_token or expires_in is missing or invalid');
  }
  const { access_token: text, expires_in: lifeSeconds = defaultTokenLifetimeSeconds } = parsedToken.output;
  try {
    return { value: verifyTokenText(text), lifeMs: lifeSeconds * 1000, extensions };
  } catch (error) {
    throw new Error(`the token endpoint returned an invalid access_token: ${describeError(error)}`, {
      cause: error,
    });
  }
}

async function readSecret({ clientSecret = '', clientSecretFile }: ClientCredentialsConfig): Promise<string> {
  return clientSecretFile === undefined
    ? clientSecret
    : rereadCredential('KAFKA_SASL_PASSWORD_FILE', clientSecretFile);
}

function toRequest(
  { clientId, scope }: ClientCredentialsConfig,
  secret: string,
): Pick<FormRequest, 'authorization' | 'form'> {
  return {
    authorization: toBasicAuthorization(clientId, secret),
    form: { grant_type: 'client_credentials', ...(scope !== undefined && { scope }) },
  };
}

/**
 * Encodes the client ID and the secret before joining them, because either may contain a colon (RFC 6749, section
 * 2.3.1).
 */
function toBasicAuthorization(clientId: string, secret: string): string {
  const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Formats the error and description from the endpoint. Masks the secret in case the endpoint echoes it. */
function describeEndpointError(body: unknown, secret: string): string {
  const parsedError = v.safeParse(errorResponseSchema, body);
  if (!parsedError.success) {
    return '';
  }
  const { error, error_description: description } = parsedError.output;
  const errorText = description === undefined ? error : `${error}: ${description}`;
  const maskedText = errorText.replace(/\p{Cc}+/gu, ' ').replaceAll(secret, '***');
  return `, ${maskedText.slice(0, maxTextCharacters)}`;
}

export interface FormRequest {
  readonly authorization: string;
  readonly form: Readonly<Record<string, string>>;
  /** Time limit in milliseconds for the whole exchange. */
  readonly timeoutMs: number;
}

export interface FormAnswer {
  readonly status: number;
  readonly text: string;
}

/** Posts a form. Redirects are not followed, because the credentials are intended only for this host. */
export async function postForm(url: string, options: FormRequest): Promise<FormAnswer> {
  const { authorization, form, timeoutMs } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const body = new URLSearchParams(form).toString();
  const { promise, resolve, reject } = Promise.withResolvers<FormAnswer>();
  const sendRequest = /^https:/i.test(url) ? requestHttps : requestHttp;
  const request = sendRequest(
    url,
    {
      method: 'POST',
      signal,
      // Tokens are rarely renewed, so the connection is not kept alive.
      agent: false,
      headers: {
        accept: 'application/json',
        authorization,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      },
    },
    (response) => {
      readText(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    },
  );
  request.on('error', reject);
  request.end(body);
  try {
    return await promise;
  } catch (error) {
    throw signal.aborted
      ? new Error(`the request took longer than ${timeoutMs} ms`, { cause: error })
      : error;
  }
}
