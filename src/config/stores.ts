import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { kafkaSettings } from './kafka-config.ts';
import { rabbitMqSettings } from './rabbitmq-config.ts';
import { redisSettings } from './redis-config.ts';
import { journalSettings, type StoreSettings } from './store-settings.ts';

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

export const storeKinds = Object.keys(stores) as StoreKind[];

/** The variable that a user sets for each store that is a server, the usual one first. */
export const storeVariables: readonly string[] = storeKinds.flatMap((kind) =>
  settingsOf(kind).choosing.slice(0, 1),
);

const [setByPlatforms, setByBoth] = (['setByPlatforms', 'setByBoth'] as const).map((how) =>
  storeKinds.flatMap((kind) => settingsOf(kind)[how] ?? []),
) as [string[], string[]];

/** The store whose variables are set; the journal when none is. If there are several, which is a problem, the first. */
export function chooseStore(env: Env): StoreKind {
  return listSet(env)[0]?.kind ?? 'journal';
}

/** Adds a problem when the variables of several stores are set. */
export function checkOneStore(env: Env, problems: ConfigProblem[]): void {
  const [first, ...others] = listSet(env);
  for (const { variable } of others) {
    problems.push({
      variable,
      message: `is set, and so is ${first?.variable}: one store takes the events. Keep one of the two.`,
    });
  }
}

function listSet(env: Env): { readonly kind: StoreKind; readonly variable: string }[] {
  const set = storeKinds.flatMap((kind) => {
    const variable = settingsOf(kind).choosing.find((name) => env[name]);
    return variable === undefined ? [] : [{ kind, variable }];
  });
  const own = set.filter(({ variable }) => !setByPlatforms.includes(variable));
  return own.some(({ variable }) => !setByBoth.includes(variable)) ? own : set;
}

/** The store that the environment names: that of `KAFKA_BROKERS`, `RABBITMQ_URL` or `REDIS_URL`, else the journal. */
export function readStoreConfig(env: Env, problems: ConfigProblem[]): StoreConfig {
  checkOneStore(env, problems);
  const kind = chooseStore(env);
  const config = settingsOf(kind).read(env, problems);
  return config === undefined
    ? { ...stores.journal.read(env, problems), kind: 'journal' }
    : ({ ...config, kind } as StoreConfig);
}

/** As `readStoreConfig`, for what the journal cannot do; `why` follows "KAFKA_BROKERS: is missing: ". */
export function readServerStoreConfig(env: Env, why: string, problems: ConfigProblem[]): StoreConfig {
  const store = readStoreConfig(env, problems);
  if (store.kind === 'journal') {
    problems.push({ variable: 'KAFKA_BROKERS', message: `is missing: ${why}` });
  }
  return store;
}

/** Containers and platforms set it. */
export function isProduction(env: Env): boolean {
  return env.NODE_ENV === 'production';
}

/**
 * Adds a problem when events would go to the default directory in production. Most containers and platforms lose their
 * disk with each restart, and every event there was acknowledged.
 */
export function checkJournalPlace(store: StoreConfig, env: Env, problems: ConfigProblem[]): void {
  if (store.kind === 'journal' && isProduction(env) && !env.DATA_DIR) {
    const [variable = '', ...others] = storeVariables;
    problems.push({
      variable,
      message: `is missing, and so are ${others.join(', ')} and DATA_DIR: in production events do not go to a default directory. Set DATA_DIR only to a directory on a disk that outlasts restarts.`,
    });
  }
}

/** Where a development start may keep a secret that it makes. Only the journal is a store for development. */
export function toGeneratedSecretDir(store: StoreConfig, env: Env): string | undefined {
  return store.kind === 'journal' && !isProduction(env) ? store.dataDir : undefined;
}
