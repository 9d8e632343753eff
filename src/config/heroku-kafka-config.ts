import type { Env } from '../runtime/config-error.ts';

/** What Heroku sets, by what it means here. */
const meanings = {
  KAFKA_BROKERS: 'KAFKA_URL',
  KAFKA_TLS_CA: 'KAFKA_TRUSTED_CERT',
  KAFKA_TLS_CERT: 'KAFKA_CLIENT_CERT',
  KAFKA_TLS_KEY: 'KAFKA_CLIENT_CERT_KEY',
} as const;

/** What Heroku sets for Kafka. */
export const herokuKafkaVariables: readonly string[] = [...Object.values(meanings), 'KAFKA_PREFIX'];

export interface HerokuKafka {
  /** With Heroku's variables under the names of this program. */
  readonly env: Env;
  /** From this program's variable to Heroku's that stands for it, which a user sees. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * The environment with Heroku's variables under the names of this program. They count only without KAFKA_BROKERS, and each
 * of our own comes before Heroku's.
 *
 * @see https://devcenter.heroku.com/articles/kafka-on-heroku
 */
export function readHerokuKafka(env: Env): HerokuKafka {
  const names = new Map<string, string>();
  if (env.KAFKA_BROKERS || !env.KAFKA_URL) {
    return { env, names };
  }
  const taken: Record<string, string | undefined> = { ...env };
  for (const [own, theirs] of Object.entries(meanings)) {
    if (!env[own] && !env[`${own}_FILE`]) {
      taken[own] = env[theirs];
      names.set(own, theirs);
    }
  }
  return { env: taken, names };
}
