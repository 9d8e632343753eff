import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { kafkaSettings } from './kafka-config.ts';
import { rabbitMqSettings } from './rabbitmq-config.ts';
import { redisSettings } from './redis-config.ts';
import { journalSettings, type StoreSettings } from './store-settings.ts';

/** All kinds of stores. If several stores are selected, the first selected store is used. */
export const stores = {
  kafka: kafkaSettings,
  rabbitmq: rabbitMqSettings,
  redis: redisSettings,
  journal: journalSettings,
};

export type StoreKind = keyof typeof stores;

type StoreConfigByKind<K extends StoreKind> = (typeof stores)[K] extends StoreSettings<infer C> ? C : never;

export type StoreConfig = { [K in StoreKind]: { readonly kind: K } & StoreConfigByKind<K> }[StoreKind];

/** Returns the settings of a store, typed as the interface that all kinds of stores share. */
export function getStoreSettings(kind: StoreKind): StoreSettings<StoreConfig> {
  return stores[kind] as unknown as StoreSettings<StoreConfig>;
}

export const storeKinds = Object.keys(stores) as StoreKind[];

/** The recommended variable for selecting each store except the journal. */
export const storeVariables: readonly string[] = storeKinds.flatMap((kind) =>
  getStoreSettings(kind).selectingVariables.slice(0, 1),
);

const [platformVariables, ambiguousVariables] = (['platformVariables', 'ambiguousVariables'] as const).map(
  (how) => storeKinds.flatMap((kind) => getStoreSettings(kind)[how] ?? []),
) as [string[], string[]];

/**
 * Returns the store whose variables are set, or the journal if none are. If several stores are selected, which is a problem,
 * returns the first.
 */
export function chooseStore(env: Env): StoreKind {
  return findSelectedStores(env)[0]?.kind ?? 'journal';
}

/** Adds a problem if the variables of several stores are set. */
export function rejectSeveralStores(env: Env, problems: ConfigProblem[]): void {
  const [first, ...others] = findSelectedStores(env);
  for (const { variable } of others) {
    problems.push({
      variable,
      message: `is set, and so is ${first?.variable}: events go to one store only. Keep only one of the two.`,
    });
  }
}

function findSelectedStores(env: Env): { readonly kind: StoreKind; readonly variable: string }[] {
  const set = storeKinds.flatMap((kind) => {
    const variable = getStoreSettings(kind).selectingVariables.find((name) => env[name]);
    return variable === undefined ? [] : [{ kind, variable }];
  });
  const own = set.filter(({ variable }) => !platformVariables.includes(variable));
  return own.some(({ variable }) => !ambiguousVariables.includes(variable)) ? own : set;
}

/**
 * Reads the configuration of the store that `KAFKA_BROKERS`, `RABBITMQ_URL` or `REDIS_URL` selects, otherwise of the journal.
 */
export function readStoreConfig(env: Env, problems: ConfigProblem[]): StoreConfig {
  rejectSeveralStores(env, problems);
  const kind = chooseStore(env);
  const config = getStoreSettings(kind).read(env, problems);
  return config === undefined
    ? { ...stores.journal.read(env, problems), kind: 'journal' }
    : ({ ...config, kind } as StoreConfig);
}

/**
 * Like `readStoreConfig`, but reports a problem if no store except the journal is selected. `why` is appended to
 * "KAFKA_BROKERS: is missing: ".
 */
export function readServerStoreConfig(env: Env, why: string, problems: ConfigProblem[]): StoreConfig {
  const store = readStoreConfig(env, problems);
  if (store.kind === 'journal') {
    problems.push({ variable: 'KAFKA_BROKERS', message: `is missing: ${why}` });
  }
  return store;
}

/** Whether NODE_ENV is `production`, as container images and platforms set it. */
export function isProduction(env: Env): boolean {
  return env.NODE_ENV === 'production';
}

/**
 * Adds a problem if events would go to the default directory in production. Most containers and platforms lose their
 * disk with each restart, and all acknowledged events would be lost with the disk.
 */
export function checkJournalDirectory(store: StoreConfig, env: Env, problems: ConfigProblem[]): void {
  if (store.kind === 'journal' && isProduction(env) && !env.DATA_DIR) {
    const [variable = '', ...others] = storeVariables;
    problems.push({
      variable,
      message: `is missing, and so are ${others.join(', ')} and DATA_DIR: production has no default store. Configure a store, or set DATA_DIR to a directory on a disk that survives restarts.`,
    });
  }
}

/**
 * Returns the directory for a generated development secret. Returns `undefined` in production, and with any store
 * except the journal.
 */
export function toGeneratedSecretDir(store: StoreConfig, env: Env): string | undefined {
  return store.kind === 'journal' && !isProduction(env) ? store.dataDir : undefined;
}
