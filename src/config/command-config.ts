import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import type { RecordRules } from '../webhook/record-headers.ts';
import { maxBodyBytesVariable, recordVariables } from './record-config.ts';
import {
  readServerStoreConfig,
  readStoreConfig,
  type StoreConfig,
  settingsOf,
  storeVariables,
} from './stores.ts';
import {
  checkNumberedNames,
  listTopics,
  type RoutedTopics,
  readTopicNames,
  type TopicNames,
} from './topic-names.ts';
import { readVariables, textVariable } from './variables.ts';
import { readWebhookTopics, type WebhookTopics } from './webhooks-config.ts';

/** What commands need to know of the receiver's store: its own variables, but none of its secrets. */
interface TopicsConfig {
  readonly store: StoreConfig;
  readonly topics: RoutedTopics;
  /** The topics of each registration of WEBHOOKS_FILE. */
  readonly webhookTopics: readonly WebhookTopics[];
  /** Every topic that events may go to, each with those that belong to it. */
  readonly allTopics: readonly TopicNames[];
  readonly maxBodyBytes: number;
}

export type CommandConfig = TopicsConfig & { readonly recordRules: RecordRules };

const variables = { maxBodyBytes: maxBodyBytesVariable, webhooksFile: textVariable('WEBHOOKS_FILE') };

/**
 * For commands that read the store or write to it.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadCommandConfig(env: Env): CommandConfig {
  const problems: ConfigProblem[] = [];
  const store = readStoreConfig(env, problems);
  const topics = readTopics(env, store, problems);
  const recordRules = readVariables(recordVariables, env, problems);
  settingsOf(store.kind).check?.(recordRules, problems);
  ConfigError.throwIfAny(problems);
  return { ...topics, recordRules };
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
  const allTopics = [topics, ...webhookTopics].flatMap(listTopics);
  checkNumberedNames(store, allTopics, problems);
  return { store, topics, webhookTopics, allTopics, maxBodyBytes };
}
