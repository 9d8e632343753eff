import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { parseTopicRules } from '../webhook/topic-rules.ts';

/** What Heroku sets, by what it means here. */
const meanings = {
  KAFKA_BROKERS: 'KAFKA_URL',
  KAFKA_TLS_CA: 'KAFKA_TRUSTED_CERT',
  KAFKA_TLS_CERT: 'KAFKA_CLIENT_CERT',
  KAFKA_TLS_KEY: 'KAFKA_CLIENT_CERT_KEY',
} as const;

/** What Heroku sets for Kafka. */
export const herokuKafkaVariables: readonly string[] = [...Object.values(meanings), 'KAFKA_PREFIX'];

const topicVariables = ['KAFKA_TOPIC', 'KAFKA_DEAD_LETTER_TOPIC', 'KAFKA_LATEST_TOPIC'];

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
export function readHerokuKafka(env: Env, problems: ConfigProblem[]): HerokuKafka {
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
  checkPrefix(env, problems);
  return { env: taken, names };
}

/** On a shared cluster only topics with the prefix exist for this user. */
function checkPrefix(env: Env, problems: ConfigProblem[]): void {
  const { KAFKA_PREFIX: prefix } = env;
  if (!prefix) {
    return;
  }
  const other = `begin with KAFKA_PREFIX (${prefix}): other topics do not exist for this user.`;
  for (const variable of topicVariables) {
    if (!env[variable]?.startsWith(prefix)) {
      problems.push({ variable, message: `does not ${other}` });
    }
  }
  const rules = parseTopicRules(env.KAFKA_TOPIC_RULES ?? '');
  if (typeof rules !== 'string' && ![...rules.topics].flat().every((topic) => topic.startsWith(prefix))) {
    problems.push({ variable: 'KAFKA_TOPIC_RULES', message: `has topics that do not ${other}` });
  }
}
