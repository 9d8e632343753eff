import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { checkOneStore, chooseStore, storeVariables } from './chosen-store.ts';
import type { StoreUse } from './store-settings.ts';
import { type StoreConfig, settingsOf, stores } from './stores.ts';

/** The store that the environment names: that of `KAFKA_BROKERS`, `RABBITMQ_URL` or `REDIS_URL`, else the journal. */
export function readStoreConfig(env: Env, problems: ConfigProblem[]): StoreConfig {
  checkOneStore(env, problems);
  const kind = chooseStore(env);
  const config = settingsOf(kind).read(env, problems);
  return config === undefined
    ? { ...stores.journal.read(env, problems), kind: 'journal' }
    : ({ ...config, kind } as StoreConfig);
}

/** Adds what does not go together with how the store is used. */
export function checkStoreUse(store: StoreConfig, use: StoreUse, problems: ConfigProblem[]): void {
  settingsOf(store.kind).check?.(store, use, problems);
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
