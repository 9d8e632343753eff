import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import type { KeyRules } from '../webhook/key-rules.ts';
import type { RecordHeaders } from '../webhook/record-headers.ts';
import { maxBodyBytesVariable } from './http-config.ts';
import { readKeyRules } from './key-rules-config.ts';
import { readRecordHeaders } from './record-headers-config.ts';
import { checkStoreUse, readServerStoreConfig, readStoreConfig } from './store-config.ts';
import type { StoreConfig } from './stores.ts';
import { checkNumberedNames } from './topic-conflicts.ts';
import { listTopics, type RoutedTopics, readTopicNames } from './topic-names.ts';
import { readVariables, textVariable } from './variables.ts';
import { readWebhookTopics, type WebhookTopics } from './webhooks-file.ts';

/** What commands need to know of the receiver's store: its own variables, but none of its secrets. */
export interface TopicsConfig {
  readonly store: StoreConfig;
  readonly topics: RoutedTopics;
  /** Of each registration of WEBHOOKS_FILE. */
  readonly webhookTopics: readonly WebhookTopics[];
  readonly maxBodyBytes: number;
}

export interface CommandConfig extends TopicsConfig {
  readonly keyRules: KeyRules;
  readonly recordHeaders: RecordHeaders | undefined;
}

const entries = { MAX_BODY_BYTES: maxBodyBytesVariable, WEBHOOKS_FILE: textVariable(undefined) };

/**
 * For commands that read the store or write to it.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadCommandConfig(env: Env): CommandConfig {
  const problems: ConfigProblem[] = [];
  const store = readStoreConfig(env, problems);
  const config = {
    ...readTopics(env, store, problems),
    keyRules: readKeyRules(env, problems),
    recordHeaders: readRecordHeaders(env, problems),
  };
  // No delivery waits for a command.
  checkStoreUse(store, { ...config, requestBudgetMs: Number.POSITIVE_INFINITY }, problems);
  ConfigError.throwIfAny(problems);
  return config;
}

/**
 * For the command that creates topics.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadTopicsConfig(env: Env): TopicsConfig {
  const problems: ConfigProblem[] = [];
  const why = 'topics are made on Kafka; set it to host:port of at least one broker.';
  const config = readTopics(env, readServerStoreConfig(env, why, problems), problems);
  ConfigError.throwIfAny(problems);
  return config;
}

function readTopics(env: Env, store: StoreConfig, problems: ConfigProblem[]): TopicsConfig {
  const { MAX_BODY_BYTES: maxBodyBytes, WEBHOOKS_FILE: file } = readVariables(entries, env, problems);
  const topics = readTopicNames(env, problems);
  const webhookTopics = file === undefined ? [] : readWebhookTopics(file, topics, problems);
  checkNumberedNames(store, [topics, ...webhookTopics].flatMap(listTopics), problems);
  return { store, topics, webhookTopics, maxBodyBytes };
}
