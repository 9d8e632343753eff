import { journalSettings } from './journal-config.ts';
import { kafkaSettings } from './kafka-config.ts';
import { rabbitMqSettings } from './rabbitmq-config.ts';
import { redisSettings } from './redis-config.ts';
import type { StoreSettings } from './store-settings.ts';

/** Every store. The first one that is chosen counts. */
export const stores = {
  kafka: kafkaSettings,
  rabbitmq: rabbitMqSettings,
  redis: redisSettings,
  journal: journalSettings,
};

export type StoreKind = keyof typeof stores;

type ConfigOf<K extends StoreKind> = (typeof stores)[K] extends StoreSettings<infer C> ? C : never;

/** Which store is used, and how it is reached. */
export type StoreConfig = { [K in StoreKind]: { readonly kind: K } & ConfigOf<K> }[StoreKind];

/** The settings of a store of any kind, for what all have. */
export function settingsOf(kind: StoreKind): StoreSettings<StoreConfig> {
  return stores[kind] as unknown as StoreSettings<StoreConfig>;
}
