import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import type { RecordRules } from '../webhook/record-headers.ts';
import { maxBodyBytesVariable, recordVariables } from './record-config.ts';
import {
  getStoreSettings,
  readServerStoreConfig,
  readStoreConfig,
  type StoreConfig,
  storeVariables,
} from './stores.ts';
import {
  checkDeadLetterNameConflict,
  listTopics,
  readTopicNames,
  type TopicNames,
  type TopicNamesWithRules,
} from './topic-names.ts';
import { defineTextVariable, readVariables } from './variables.ts';
import { readWebhookTopics, type WebhookTopics } from './webhooks-config.ts';

/** The receiver's store configuration without webhook secrets. */
interface TopicsConfig {
  readonly store: StoreConfig;
  readonly topics: TopicNamesWithRules;
  /** The topics of each registration of WEBHOOKS_FILE. */
  readonly webhookTopics: readonly WebhookTopics[];
  /** Every topic for events, each with its dead-letter topic and latest-state topic. */
  readonly allTopics: readonly TopicNames[];
  readonly maxBodyBytes: number;
}

export type CommandConfig = TopicsConfig & { readonly recordRules: RecordRules };

const commandVariables = {
  maxBodyBytes: maxBodyBytesVariable,
  webhooksFile: defineTextVariable('WEBHOOKS_FILE'),
};

/**
 * Loads the configuration of commands that read the store or write to it.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadCommandConfig(env: Env): CommandConfig {
  const problems: ConfigProblem[] = [];
  const store = readStoreConfig(env, problems);
  const topics = readTopics(env, store, problems);
  const recordRules = readVariables(recordVariables, env, problems);
  getStoreSettings(store.kind).check?.(recordRules, problems);
  ConfigError.throwIfAny(problems);
  return { ...topics, recordRules };
}

/**
 * Loads the configuration of the command that creates topics.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadTopicsConfig(env: Env): TopicsConfig {
  const problems: ConfigProblem[] = [];
  const [, ...others] = storeVariables;
  const why = `set it to the host:port of at least one broker, or set ${others.join(' or ')}. Otherwise, events go to the journal, which needs no topics.`;
  const config = readTopics(env, readServerStoreConfig(env, why, problems), problems);
  ConfigError.throwIfAny(problems);
  return config;
}

function readTopics(env: Env, store: StoreConfig, problems: ConfigProblem[]): TopicsConfig {
  const { maxBodyBytes, webhooksFile } = readVariables(commandVariables, env, problems);
  const topics = readTopicNames(env, problems);
  const webhookTopics = webhooksFile === undefined ? [] : readWebhookTopics(webhooksFile, topics, problems);
  const allTopics = [topics, ...webhookTopics].flatMap(listTopics);
  checkDeadLetterNameConflict(store, allTopics, problems);
  return { store, topics, webhookTopics, allTopics, maxBodyBytes };
}
