import * as v from 'valibot';
import type { Secret } from '../../../webhook/secret.ts';

const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.readonly());

const subscriptionSchema = v.object({
  /** Event type, for example `message.delivered`. */
  type: v.string(),
  filters: v.optional(list(v.object({ name: v.string(), value: v.string() })), []),
});

/** A registration in a response of the provider. `parseAnswer` has removed members that are `null`. */
export const registrationSchema = v.object({
  id: v.string(),
  name: v.string(),
  url: v.exactOptional(v.string()),
  secret: v.exactOptional(v.string()),
  subscriptions: v.exactOptional(list(subscriptionSchema)),
  batch: v.exactOptional(v.boolean()),
  /** Maximum number of events in a batch, from 1 to 500. */
  maxBatchSize: v.exactOptional(v.number()),
  /** Seconds, 1 to 60. */
  batchTimeout: v.exactOptional(v.number()),
});

export const availableEventSchema = v.object({
  type: v.string(),
  description: v.exactOptional(v.string()),
  filters: v.optional(list(v.object({ name: v.string(), required: v.exactOptional(v.boolean()) })), []),
});

export type Subscription = Readonly<v.InferOutput<typeof subscriptionSchema>>;
export type EventFilter = Subscription['filters'][number];
export type Registration = Readonly<v.InferOutput<typeof registrationSchema>>;
export type AvailableEvent = Readonly<v.InferOutput<typeof availableEventSchema>>;

/** The settings of a registration. Those that are not given stay as they are. */
export type RegistrationSettings = Omit<Registration, 'id'>;

export interface WantedRegistration extends Omit<RegistrationSettings, 'secret'> {
  /** Secrets that the receiver accepts, at least one. */
  readonly secrets: readonly Secret[];
}
