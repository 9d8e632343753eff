import * as v from 'valibot';
import type { Secret } from '../../../webhook/secret.ts';

const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.readonly());

const subscriptionSchema = v.object({
  /** Event type, for example `message.delivered`. */
  type: v.string(),
  filters: v.optional(list(v.object({ name: v.string(), value: v.string() })), []),
});

/** A registration in an answer of the provider. Members that are `null` there are left out before. */
export const registrationSchema = v.object({
  id: v.string(),
  name: v.string(),
  url: v.exactOptional(v.string()),
  secret: v.exactOptional(v.string()),
  subscriptions: v.exactOptional(list(subscriptionSchema)),
  batch: v.exactOptional(v.boolean()),
  /** 1 to 500 events. */
  maxBatchSize: v.exactOptional(v.number()),
  /** 1 to 60 seconds. */
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

/** What can be set of a registration. What is left out stays as it is. */
export type RegistrationSettings = Omit<Registration, 'id'>;

/** What somebody wants of a registration. */
export interface WantedRegistration extends Omit<RegistrationSettings, 'secret'> {
  /** Those that the receiver takes, at least one. */
  readonly secrets: readonly Secret[];
}
