import * as v from 'valibot';

export interface EventFilter {
  readonly name: string;
  readonly value: string;
}

export interface Subscription {
  /** Event type, for example `message.delivered`. */
  readonly type: string;
  readonly filters: readonly EventFilter[];
}

/** What can be set of a registration. What is left out stays as it is. */
export interface RegistrationSettings {
  readonly name: string;
  readonly url?: string;
  readonly secret?: string;
  readonly subscriptions?: readonly Subscription[];
  readonly batch?: boolean;
  /** 1 to 500 events. */
  readonly maxBatchSize?: number;
  /** 1 to 60 seconds. */
  readonly batchTimeout?: number;
}

/** A registration as the provider tells it. */
export interface Registration extends RegistrationSettings {
  readonly id: string;
}

interface AvailableFilter {
  readonly name: string;
  readonly required?: boolean | undefined;
  readonly description?: string | undefined;
}

export interface AvailableEvent {
  readonly type: string;
  readonly description?: string | undefined;
  readonly filters: readonly AvailableFilter[];
}

/** The provider answers `null` for what was never set. */
const orNothing = <T extends v.GenericSchema>(schema: T) =>
  v.pipe(
    v.nullish(schema),
    v.transform((value) => value ?? undefined),
  );

export const registrationSchema = v.object({
  id: v.string(),
  name: v.string(),
  url: orNothing(v.string()),
  secret: orNothing(v.string()),
  subscriptions: orNothing(
    v.array(
      v.object({
        type: v.string(),
        filters: v.nullish(v.array(v.object({ name: v.string(), value: v.string() })), []),
      }),
    ),
  ),
  batch: orNothing(v.boolean()),
  maxBatchSize: orNothing(v.number()),
  batchTimeout: orNothing(v.number()),
});

export const availableEventsSchema = v.array(
  v.object({
    type: v.string(),
    description: orNothing(v.string()),
    filters: v.nullish(
      v.array(
        v.object({
          name: v.string(),
          required: orNothing(v.boolean()),
          description: orNothing(v.string()),
        }),
      ),
      [],
    ),
  }),
);
