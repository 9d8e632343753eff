import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text as readText } from 'node:stream/consumers';
import * as v from 'valibot';
import { rereadCredential } from '../../../../../config/credential.ts';
import type { ClientCredentialsConfig } from '../../../../../config/kafka-oauth-config.ts';
import { describeError } from '../../../../../runtime/errors.ts';
import { withDeadline } from '../../../../../runtime/with-deadline.ts';
import { type LimitedToken, type OauthToken, verifyTokenText } from './oauth-token.ts';

const exchangeTimeoutMs = 10_000;
const readTimeoutMs = 10_000;
/** `expires_in` is recommended, not required. Without it a token is fetched anew after this time. */
const unknownLifeSeconds = 60;
const maxTextCharacters = 300;

const tokenAnswer = v.object({
  access_token: v.string(),
  // Some endpoints write the number as text.
  expires_in: v.optional(v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.minValue(1))),
});
const errorAnswer = v.object({ error: v.string(), error_description: v.optional(v.string()) });

/**
 * Asks the token endpoint once, as RFC 6749 describes it in section 4.4. Reads the file of the secret each time.
 *
 * @throws Error that says what the endpoint answered, without token and secret
 */
export async function fetchClientCredentialsToken(
  config: ClientCredentialsConfig & { readonly extensions: OauthToken['extensions'] },
): Promise<LimitedToken> {
  const { tokenEndpoint, extensions } = config;
  const secret = await withDeadline(readSecret(config), readTimeoutMs, () => {
    return new Error(`reading the file of the client secret took longer than ${readTimeoutMs} ms`);
  });
  let answer: FormAnswer;
  try {
    answer = await postForm(tokenEndpoint, {
      ...toRequest(config, secret),
      timeoutMs: exchangeTimeoutMs,
    });
  } catch (error) {
    throw new Error(`the token endpoint gives no answer: ${describeError(error)}`, { cause: error });
  }
  const body = parseJson(answer.text);
  if (answer.status !== 200) {
    throw new Error(`the token endpoint answered ${answer.status}${describeRefusal(body, secret)}`);
  }
  const parsed = v.safeParse(tokenAnswer, body);
  if (!parsed.success) {
    throw new Error('the token endpoint answered 200 without a usable access_token and expires_in');
  }
  const { access_token: text, expires_in: lifeSeconds = unknownLifeSeconds } = parsed.output;
  try {
    return { value: verifyTokenText(text), lifeMs: lifeSeconds * 1000, extensions };
  } catch (error) {
    throw new Error(`the access_token of the token endpoint is no token: ${describeError(error)}`, {
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

/** Both are encoded before they are joined (RFC 6749, section 2.3.1): either may hold a colon. */
function toBasicAuthorization(clientId: string, secret: string): string {
  const joined = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
  return `Basic ${Buffer.from(joined).toString('base64')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Error and description as the endpoint gave them. An endpoint that repeats the secret does not get it into a log. */
function describeRefusal(body: unknown, secret: string): string {
  const parsed = v.safeParse(errorAnswer, body);
  if (!parsed.success) {
    return '';
  }
  const { error, error_description: description } = parsed.output;
  const words = description === undefined ? error : `${error}: ${description}`;
  const clean = words.replace(/\p{Cc}+/gu, ' ').replaceAll(secret, '***');
  return `, ${clean.slice(0, maxTextCharacters)}`;
}

export interface FormRequest {
  readonly authorization: string;
  readonly form: Readonly<Record<string, string>>;
  /** For the whole exchange. */
  readonly timeoutMs: number;
}

export interface FormAnswer {
  readonly status: number;
  readonly text: string;
}

/** Posts a form. Follows no redirect: the credentials are for this host alone. */
export async function postForm(url: string, options: FormRequest): Promise<FormAnswer> {
  const { authorization, form, timeoutMs } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const body = new URLSearchParams(form).toString();
  const { promise, resolve, reject } = Promise.withResolvers<FormAnswer>();
  const send = /^https:/i.test(url) ? requestHttps : requestHttp;
  const request = send(
    url,
    {
      method: 'POST',
      signal,
      // A renewed token is rare: no connection is kept for it.
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
    throw signal.aborted ? new Error(`it took longer than ${timeoutMs} ms`, { cause: error }) : error;
  }
}
