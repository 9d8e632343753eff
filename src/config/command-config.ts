import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { maxBodyBytesVariable, recordVariables } from './record-config.ts';
import {
  checkStoreUse,
  readServerStoreConfig,
  readStoreConfig,
  type StoreConfig,
  storeVariables,
} from './stores.ts';
import { checkNumberedNames, listTopics, type RoutedTopics, readTopicNames } from './topic-names.ts';
import { readVariables, textVariable, type Values } from './variables.ts';
import { readWebhookTopics, type WebhookTopics } from './webhooks-config.ts';

/** What commands need to know of the receiver's store: its own variables, but none of its secrets. */
interface TopicsConfig {
  readonly store: StoreConfig;
  readonly topics: RoutedTopics;
  /** The topics of each registration of WEBHOOKS_FILE. */
  readonly webhookTopics: readonly WebhookTopics[];
  readonly maxBodyBytes: number;
}

export type CommandConfig = TopicsConfig & Values<typeof recordVariables>;

const variables = { maxBodyBytes: maxBodyBytesVariable, webhooksFile: textVariable('WEBHOOKS_FILE') };

/**
 * For commands that read the store or write to it.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadCommandConfig(env: Env): CommandConfig {
  const problems: ConfigProblem[] = [];
  const store = readStoreConfig(env, problems);
  const config = { ...readTopics(env, store, problems), ...readVariables(recordVariables, env, problems) };
  checkStoreUse(store, config, problems);
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
  const [, ...others] = storeVariables;
  const why = `set it to host:port of at least one broker for topics, or ${others.join(' or ')} for queues or streams. A journal needs none.`;
  const config = readTopics(env, readServerStoreConfig(env, why, problems), problems);
  ConfigError.throwIfAny(problems);
  return config;
}

function readTopics(env: Env, store: StoreConfig, problems: ConfigProblem[]): TopicsConfig {
  const { maxBodyBytes, webhooksFile } = readVariables(variables, env, problems);
  const topics = readTopicNames(env, problems);
  const webhookTopics = webhooksFile === undefined ? [] : readWebhookTopics(webhooksFile, topics, problems);
  checkNumberedNames(store, [topics, ...webhookTopics].flatMap(listTopics), problems);
  return { store, topics, webhookTopics, maxBodyBytes };
}
