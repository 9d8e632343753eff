import * as v from 'valibot';
import { describeIssue } from '../../config/describe-issue.ts';
import type { ProviderApiConfig } from '../../config/provider-api-config.ts';
import { describeFetchError } from '../../runtime/errors.ts';
import { readBoundedText } from '../../runtime/read-bounded-text.ts';
import {
  type AvailableEvent,
  availableEventSchema,
  type Registration,
  type RegistrationSettings,
  registrationSchema,
} from './registration.ts';
import { toWebhookApiError, WebhookApiError } from './webhook-api-error.ts';

/** A registration and the version of it that was read. */
export interface VersionedRegistration {
  readonly registration: Registration;
  readonly etag: string | undefined;
}

/**
 * The provider's Webhook API. Every call rejects with `WebhookApiError`.
 *
 * @see https://developer.dotdigital.com/reference/webhook-api
 */
export interface WebhookApi {
  list(): Promise<readonly Registration[]>;
  read(id: string): Promise<VersionedRegistration>;
  create(settings: RegistrationSettings): Promise<Registration>;
  /** Replaces it, unless it is no longer the version that `etag` names: then `conflict`. */
  update(id: string, settings: RegistrationSettings, etag: string | undefined): Promise<Registration>;
  remove(id: string, etag: string | undefined): Promise<void>;
  availableEvents(): Promise<readonly AvailableEvent[]>;
}

const timeoutMs = 15_000;

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The registration that the call is about. */
  readonly id?: string;
  /** Below the path of all registrations. */
  readonly below?: string;
  readonly body?: RegistrationSettings;
  readonly etag?: string | undefined;
}

interface Answer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly text: string;
}

export function createWebhookApi(config: ProviderApiConfig): WebhookApi {
  const call = createCaller(config);

  async function callFor<S extends v.GenericSchema>(schema: S, request: Call) {
    const answer = await call(request);
    return { value: parseAnswer(schema, answer.text, toText(request)), etag: answer.etag };
  }

  return {
    async list() {
      try {
        return (await callFor(v.array(registrationSchema), { method: 'GET' })).value;
      } catch (error) {
        // The API's description has 404 for "no registration was found" here. If the address is wrong instead, the
        // next call fails.
        if (error instanceof WebhookApiError && error.code === 'not_found') {
          return [];
        }
        throw error;
      }
    },
    async read(id) {
      const { value, etag } = await callFor(registrationSchema, { method: 'GET', id });
      return { registration: value, etag };
    },
    async create(settings) {
      return (await callFor(registrationSchema, { method: 'POST', body: settings })).value;
    },
    async update(id, settings, etag) {
      return (await callFor(registrationSchema, { method: 'PUT', id, body: settings, etag })).value;
    },
    async remove(id, etag) {
      await call({ method: 'DELETE', id, etag });
    },
    async availableEvents() {
      return (await callFor(v.array(availableEventSchema), { method: 'GET', below: '/availableevents' }))
        .value;
    },
  };
}

/** One call of the API. Rejects with `WebhookApiError` unless the answer is a success. */
function createCaller(config: ProviderApiConfig): (request: Call) => Promise<Answer> {
  const authorization = `Basic ${Buffer.from(`${config.username}:${config.password}`).toString('base64')}`;

  return async (request) => {
    const { method, id, body, etag } = request;
    const what = toText(request);
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${config.baseUrl}${toPath(request)}`, {
        method,
        headers: {
          authorization,
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
          ...(etag !== undefined && { 'if-match': etag }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // Following a redirect would send the credentials to its target.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await readBoundedText(response.body);
    } catch (error) {
      throw toUnreachable(error, what, config);
    }
    if (!response.ok) {
      throw toWebhookApiError(response, { text, what, id, config });
    }
    return { status: response.status, etag: response.headers.get('etag') ?? undefined, text };
  };
}

function toPath({ id, below = '' }: Call): string {
  return `/cpaas/webhooks${id === undefined ? below : `/${encodeURIComponent(id)}`}`;
}

function toText(request: Call): string {
  return `${request.method} ${toPath(request)}`;
}

function parseAnswer<S extends v.GenericSchema>(schema: S, text: string, what: string): v.InferOutput<S> {
  let json: unknown;
  try {
    // The provider answers `null` for what was never set.
    json = JSON.parse(text, (_name, value: unknown) => value ?? undefined);
  } catch (error) {
    throw new WebhookApiError('unexpected_answer', `The answer to ${what} is not JSON.`, { cause: error });
  }
  const result = v.safeParse(schema, json);
  if (!result.success) {
    const [issue] = result.issues;
    throw new WebhookApiError(
      'unexpected_answer',
      `The answer to ${what} is not what the API's description says: ${describeIssue(issue)}.`,
    );
  }
  return result.output;
}

function toUnreachable(error: unknown, what: string, { baseUrl }: ProviderApiConfig): WebhookApiError {
  return new WebhookApiError(
    'unreachable',
    `No answer from ${baseUrl} to ${what} (${describeFetchError(error)}): check the network, the region and COMAPI_API_URL.`,
    { cause: error },
  );
}
