import * as v from 'valibot';
import type { ProviderApiConfig } from '../../../config/provider-api-config.ts';
import { ProviderApiError } from '../api/provider-api-error.ts';
import { createProviderCaller, type ProviderCall, parseAnswer } from '../api/provider-call.ts';
import {
  type AvailableEvent,
  availableEventSchema,
  type Registration,
  type RegistrationSettings,
  registrationSchema,
} from './registration.ts';

export interface VersionedRegistration {
  readonly registration: Registration;
  readonly etag: string | undefined;
}

/**
 * The provider's Webhook API. Every call rejects with `ProviderApiError`.
 *
 * @see https://developer.dotdigital.com/reference/webhook-api
 */
export interface WebhookApi {
  list(): Promise<readonly Registration[]>;
  read(id: string): Promise<VersionedRegistration>;
  create(settings: RegistrationSettings): Promise<Registration>;
  /** Replaces the registration. Rejects with `conflict` if it has changed since `etag` was read. */
  update(id: string, settings: RegistrationSettings, etag: string | undefined): Promise<Registration>;
  remove(id: string, etag: string | undefined): Promise<void>;
  availableEvents(): Promise<readonly AvailableEvent[]>;
}

interface WebhookApiCall extends Omit<ProviderCall, 'path' | 'right' | 'isKnown'> {
  /** Identifier of a registration, for a call about a single registration. */
  readonly id?: string;
  /** Rest of the request path, for a call that does not concern a single registration. */
  readonly below?: string;
}

export function createWebhookApi(config: ProviderApiConfig): WebhookApi {
  const callProvider = createProviderCaller(config);
  const call = ({ id, below = '', ...others }: WebhookApiCall) =>
    callProvider({
      ...others,
      path: `/cpaas/webhooks${id === undefined ? below : `/${encodeURIComponent(id)}`}`,
      right: 'webhooks',
      isKnown: id !== undefined,
    });

  async function callAndParse<S extends v.GenericSchema>(schema: S, request: WebhookApiCall) {
    const answer = await call(request);
    return { value: parseAnswer(schema, answer), etag: answer.etag };
  }

  return {
    async list() {
      try {
        return (await callAndParse(v.array(registrationSchema), { method: 'GET' })).value;
      } catch (error) {
        // According to the API's description, 404 here means that there are no registrations. If the address is wrong
        // instead, the next call fails.
        if (error instanceof ProviderApiError && error.code === 'not_found') {
          return [];
        }
        throw error;
      }
    },
    async read(id) {
      const { value, etag } = await callAndParse(registrationSchema, { method: 'GET', id });
      return { registration: value, etag };
    },
    async create(settings) {
      return (await callAndParse(registrationSchema, { method: 'POST', body: settings })).value;
    },
    async update(id, settings, etag) {
      return (await callAndParse(registrationSchema, { method: 'PUT', id, body: settings, etag })).value;
    },
    async remove(id, etag) {
      await call({ method: 'DELETE', id, etag });
    },
    async availableEvents() {
      return (await callAndParse(v.array(availableEventSchema), { method: 'GET', below: '/availableevents' }))
        .value;
    },
  };
}
