import * as v from 'valibot';
import type { Secret } from '../../../webhook/secret.ts';

const readonlyArray = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.readonly());

const subscriptionSchema = v.object({
  /** Event type, for example `message.delivered`. */
  type: v.string(),
  filters: v.optional(readonlyArray(v.object({ name: v.string(), value: v.string() })), []),
});

/** A registration in a response of the provider. `parseAnswer` has removed members that are `null`. */
export const registrationSchema = v.object({
  id: v.string(),
  name: v.string(),
  url: v.exactOptional(v.string()),
  secret: v.exactOptional(v.string()),
  subscriptions: v.exactOptional(readonlyArray(subscriptionSchema)),
  batch: v.exactOptional(v.boolean()),
  /** Maximum number of events in a batch, from 1 to 500. */
  maxBatchSize: v.exactOptional(v.number()),
  /** Seconds, 1 to 60. */
  batchTimeout: v.exactOptional(v.number()),
});

export const availableEventSchema = v.object({
  type: v.string(),
  description: v.exactOptional(v.string()),
  filters: v.optional(
    readonlyArray(v.object({ name: v.string(), required: v.exactOptional(v.boolean()) })),
    [],
  ),
});

export type Subscription = Readonly<v.InferOutput<typeof subscriptionSchema>>;
export type EventFilter = Subscription['filters'][number];
export type Registration = Readonly<v.InferOutput<typeof registrationSchema>>;
export type AvailableEvent = Readonly<v.InferOutput<typeof availableEventSchema>>;

/** The settings of a registration. Settings that are absent remain unchanged. */
export type RegistrationSettings = Omit<Registration, 'id'>;

export interface WantedRegistration extends Omit<RegistrationSettings, 'secret'> {
  /** Secrets that the receiver accepts, at least one. */
  readonly secrets: readonly Secret[];
}

/** One difference, described by a line for the operator. The line never contains a secret. */
export interface RegistrationChange {
  readonly field: 'url' | 'secret' | 'subscriptions' | 'batch' | 'maxBatchSize' | 'batchTimeout';
  readonly text: string;
}

/**
 * Lists the differences between the current registration and the requested settings. Settings that are absent remain
 * unchanged.
 */
export function findRegistrationChanges(
  present: Registration,
  wanted: RegistrationSettings,
): readonly RegistrationChange[] {
  const changes: RegistrationChange[] = [];
  if (wanted.url !== undefined && toHref(wanted.url) !== toHref(present.url)) {
    changes.push({ field: 'url', text: `url: ${present.url ?? '(none)'} → ${wanted.url}` });
  }
  if (wanted.secret !== undefined && !isSecretHidden(present) && wanted.secret !== present.secret) {
    changes.push({ field: 'secret', text: 'secret: changes' });
  }
  if (wanted.subscriptions !== undefined) {
    changes.push(...findSubscriptionChanges(present.subscriptions ?? [], wanted.subscriptions));
  }
  for (const field of ['batch', 'maxBatchSize', 'batchTimeout'] as const) {
    if (wanted[field] !== undefined && wanted[field] !== present[field]) {
      changes.push({ field, text: `${field}: ${present[field] ?? '(none)'} → ${wanted[field]}` });
    }
  }
  return changes;
}

/** Whether the provider hides the secret, so that it cannot be compared. */
export function isSecretHidden({ secret }: Registration): boolean {
  return secret === undefined || /^[*•]*$/.test(secret);
}

/** Compares subscriptions regardless of their order, because the provider ignores the order. */
function findSubscriptionChanges(
  present: readonly Subscription[],
  wanted: readonly Subscription[],
): RegistrationChange[] {
  const presentTexts = new Set(present.map(toSubscriptionText));
  const wantedTexts = new Set(wanted.map(toSubscriptionText));
  return [
    ...[...wantedTexts].filter((text) => !presentTexts.has(text)).map((text) => `subscriptions: + ${text}`),
    ...[...presentTexts].filter((text) => !wantedTexts.has(text)).map((text) => `subscriptions: - ${text}`),
  ].map((text) => ({ field: 'subscriptions', text }));
}

/** Formats a subscription as on the command line: `message.sent:channel=sms`. */
function toSubscriptionText({ type, filters }: Subscription): string {
  const parts = filters.map(({ name, value }) => `${name}=${value}`).toSorted();
  return parts.length === 0 ? type : `${type}:${parts.join(',')}`;
}

function toHref(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).href : url;
}
