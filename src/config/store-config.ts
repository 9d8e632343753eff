import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { checkOneStore, chooseStore, storeVariables } from './chosen-store.ts';
import { type KafkaConfig, readKafkaConfig } from './kafka-config.ts';
import { type RabbitMqConfig, readRabbitMqConfig } from './rabbitmq-config.ts';
import { type RedisConfig, readRedisConfig } from './redis-config.ts';
import { readVariables, textVariable } from './variables.ts';

export interface JournalConfig {
  readonly dataDir: string;
}

/** Which store is used, and how it is reached. A further store is one more member. */
export type StoreConfig =
  | ({ readonly kind: 'journal' } & JournalConfig)
  | ({ readonly kind: 'kafka' } & KafkaConfig)
  | ({ readonly kind: 'rabbitmq' } & RabbitMqConfig)
  | ({ readonly kind: 'redis' } & RedisConfig);

export const journalEntries = { DATA_DIR: textVariable('./data') };

/** The store that the environment names: that of `KAFKA_BROKERS`, `RABBITMQ_URL` or `REDIS_URL`, else the journal. */
export function readStoreConfig(env: Env, problems: ConfigProblem[]): StoreConfig {
  const { DATA_DIR: dataDir } = readVariables(journalEntries, env, problems);
  checkOneStore(env, problems);
  return readServerStore(env, problems) ?? { kind: 'journal', dataDir };
}

function readServerStore(env: Env, problems: ConfigProblem[]): StoreConfig | undefined {
  const kind = chooseStore(env);
  switch (kind) {
    case 'journal':
      return undefined;
    case 'kafka': {
      const kafka = readKafkaConfig(env, problems);
      return kafka && { kind, ...kafka };
    }
    case 'rabbitmq': {
      const rabbitMq = readRabbitMqConfig(env, problems);
      return rabbitMq && { kind, ...rabbitMq };
    }
    case 'redis': {
      const redis = readRedisConfig(env, problems);
      return redis && { kind, ...redis };
    }
  }
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
