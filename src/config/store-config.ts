import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../webhook/key-rules.ts';
import { type KafkaConfig, readKafkaConfig, readTopicNames, type TopicNames } from './kafka-config.ts';
import { maxBodyBytesVariable } from './receiver-config.ts';
import { readVariables, textVariable } from './variables.ts';
import { readWebhookTopics, type WebhookTopics } from './webhooks-file.ts';

/** What the commands around the receiver need to know of its store: the same variables as the receiver's. */
export interface StoreConfig {
  readonly dataDir: string;
  /** Without it the store is the journal. */
  readonly kafka?: KafkaConfig;
  readonly topics: TopicNames;
  /** Registrations with topics of their own. */
  readonly webhookTopics: readonly WebhookTopics[];
  readonly maxBodyBytes: number;
  readonly keyRules: KeyRules;
}

const entries = {
  DATA_DIR: textVariable('./data'),
  KEY_RULES: textVariable(defaultKeyRulesText),
  MAX_BODY_BYTES: maxBodyBytesVariable,
  WEBHOOKS_FILE: textVariable(undefined),
};

/** @throws {ConfigError} with every problem at once */
export function loadStoreConfig(env: Env): StoreConfig {
  const problems: ConfigProblem[] = [];
  const read = readVariables(entries, env, problems);
  const topics = readTopicNames(env, problems);
  const kafka = readKafkaConfig(env, problems);
  const webhookTopics =
    read.WEBHOOKS_FILE === undefined ? [] : readWebhookTopics(read.WEBHOOKS_FILE, topics, problems);
  const keyRules = parseKeyRules(read.KEY_RULES);
  if (typeof keyRules === 'string') {
    problems.push({ variable: 'KEY_RULES', message: `${keyRules}.` });
  }
  if (problems.length > 0 || typeof keyRules === 'string') {
    throw new ConfigError(problems);
  }
  return {
    dataDir: read.DATA_DIR,
    ...(kafka && { kafka }),
    topics,
    webhookTopics,
    maxBodyBytes: read.MAX_BODY_BYTES,
    keyRules,
  };
}
