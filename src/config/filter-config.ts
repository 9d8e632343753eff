import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import type { HeaderRules } from '../webhook/record-headers.ts';
import {
  defaultManagementPorts,
  logVariables,
  type ManagementConfig,
  readManagementConfig,
  shutdownTimeoutVariable,
} from './process-config.ts';
import { headerVariables } from './record-config.ts';
import { defaultTopic } from './store-settings.ts';
import { readServerStoreConfig, type StoreConfig } from './stores.ts';
import { readTopicNames, type TopicNamesWithRules } from './topic-names.ts';
import { readTracesConfig, type TracesConfig } from './traces-config.ts';
import { defineDurationVariable, definePatternVariable, readVariables, type Values } from './variables.ts';

const hourMs = 3_600_000;
const name = {
  pattern: /^[a-zA-Z0-9._-]{1,200}$/,
  expected: '1 to 200 characters from a-z, A-Z, 0-9, ".", "_", "-"',
};

const filterRunVariables = {
  /**
   * Time for which the filter remembers an entity. The provider retries an event for 24 hours, so with a shorter
   * window, the filter would forward late duplicates.
   */
  windowMs: defineDurationVariable('FILTER_WINDOW', 72 * hourMs, { minMs: 60_000, maxMs: 366 * 24 * hourMs }),
  ...logVariables,
};

const variables = {
  groupId: definePatternVariable('FILTER_GROUP_ID', name),
  shutdownTimeoutMs: shutdownTimeoutVariable,
};

export const filterVariables = { ...filterRunVariables, ...variables };

/** The configuration of a single filter run to the end of a store. */
export type FilterRunConfig = Values<typeof filterRunVariables> & {
  /** On Kafka, each topic that TOPIC_RULES names needs its own filter. */
  readonly topics: TopicNamesWithRules;
};

export type FilterConfig = FilterRunConfig &
  Values<typeof variables> & {
    readonly groupId: string;
    readonly headerRules: HeaderRules;
    readonly management: ManagementConfig;
    readonly store: StoreConfig;
    readonly traces: TracesConfig | undefined;
  };

/**
 * Loads the configuration of a filter that runs until it is stopped.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadFilterConfig(env: Env): FilterConfig {
  const problems: ConfigProblem[] = [];
  const values = readVariables(variables, env, problems);
  const run = readFilterRun(env, problems);
  const headerRules = readVariables(headerVariables, env, problems);
  const management = readManagementConfig(env, defaultManagementPorts.filter, problems);
  const store = readServerStoreConfig(
    env,
    'set it to the host:port of at least one broker. Without it, the filter would read the journal.',
    problems,
  );
  const traces = readTracesConfig(env, problems);
  ConfigError.throwIfAny(problems);
  const groupId = values.groupId ?? toGroupId(run.topics.events);
  return { ...run, ...values, groupId, headerRules, management, store, traces };
}

/**
 * The default consumer group for a topic. Each topic needs a separate group, because the members of a group share the
 * partitions of one topic.
 */
function toGroupId(topic: string): string {
  return topic === defaultTopic ? 'comapi-webhook-filter' : `comapi-webhook-filter-${topic}`;
}

/**
 * Loads the configuration of a single run to the end of a store.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadFilterRunConfig(env: Env): FilterRunConfig {
  const problems: ConfigProblem[] = [];
  const run = readFilterRun(env, problems);
  ConfigError.throwIfAny(problems);
  return run;
}

/**
 * Loads FILTER_WINDOW, in milliseconds.
 *
 * @throws {ConfigError}
 */
export function loadFilterWindow(env: Env): number {
  const problems: ConfigProblem[] = [];
  const { windowMs } = readVariables({ windowMs: filterRunVariables.windowMs }, env, problems);
  ConfigError.throwIfAny(problems);
  return windowMs;
}

function readFilterRun(env: Env, problems: ConfigProblem[]): FilterRunConfig {
  return { ...readVariables(filterRunVariables, env, problems), topics: readTopicNames(env, problems) };
}
