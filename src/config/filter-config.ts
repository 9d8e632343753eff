import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import type { LogLevel } from '../runtime/logger.ts';
import { type LogFormat, logEntries } from './log-config.ts';
import { defaultManagementPorts, type ManagementConfig, readManagementConfig } from './management-config.ts';
import { readServerStoreConfig } from './store-config.ts';
import type { StoreConfig } from './stores.ts';
import { defaultTopic } from './topic-name.ts';
import { type RoutedTopics, readTopicNames } from './topic-names.ts';
import { durationVariable, integerVariable, patternVariable, readVariables } from './variables.ts';

/** What the filter needs for one run to the end of a store. */
export interface FilterRunConfig {
  /** On Kafka each topic of its rules has a filter of its own. */
  readonly topics: RoutedTopics;
  /** How long an entity is remembered. */
  readonly windowMs: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat | undefined;
}

export interface FilterConfig extends FilterRunConfig {
  readonly management: ManagementConfig;
  readonly store: StoreConfig;
  readonly groupId: string;
  /** Static membership; `undefined` for a dynamic member. */
  readonly instanceId?: string;
  readonly sessionTimeoutMs: number;
  readonly commitIntervalMs: number;
  /** Bytes of one fetch from a partition; they are one transaction. */
  readonly fetchBytes: number;
  readonly shutdownTimeoutMs: number;
}

const hourMs = 3_600_000;
const mebibyte = 1024 * 1024;
const namePattern = /^[a-zA-Z0-9._-]{1,200}$/;
const nameExpected = '1 to 200 of a-z, A-Z, 0-9, ".", "_", "-"';

export const filterRunEntries = {
  // The provider repeats an event for 24 h: with a shorter memory a late repeat would be forwarded.
  FILTER_WINDOW: durationVariable(72 * hourMs, { minMs: 60_000, maxMs: 366 * 24 * hourMs }),
  ...logEntries,
};

export const filterEntries = {
  FILTER_GROUP_ID: patternVariable(undefined, namePattern, nameExpected),
  FILTER_INSTANCE_ID: patternVariable(undefined, namePattern, nameExpected),
  FILTER_SESSION_TIMEOUT_MS: integerVariable(30_000, { min: 6_000, max: 1_800_000 }),
  FILTER_COMMIT_INTERVAL_MS: integerVariable(100, { min: 0, max: 10_000 }),
  FILTER_FETCH_BYTES: integerVariable(mebibyte, { min: 16 * 1024, max: 32 * mebibyte }),
  SHUTDOWN_TIMEOUT_MS: integerVariable(25_000, { min: 1_000, max: 3_600_000 }),
};

/**
 * For a filter that runs until it is stopped.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadFilterConfig(env: Env): FilterConfig {
  const problems: ConfigProblem[] = [];
  const read = readVariables(filterEntries, env, problems);
  const run = readRun(env, problems);
  const management = readManagementConfig(env, defaultManagementPorts.filter, problems);
  const store = readServerStoreConfig(env, 'without it the filter works on the journal.', problems);
  ConfigError.throwIfAny(problems);
  return {
    ...run,
    management,
    store,
    groupId: read.FILTER_GROUP_ID ?? toGroupId(run.topics.events),
    ...(read.FILTER_INSTANCE_ID !== undefined && { instanceId: read.FILTER_INSTANCE_ID }),
    sessionTimeoutMs: read.FILTER_SESSION_TIMEOUT_MS,
    commitIntervalMs: read.FILTER_COMMIT_INTERVAL_MS,
    fetchBytes: read.FILTER_FETCH_BYTES,
    shutdownTimeoutMs: read.SHUTDOWN_TIMEOUT_MS,
  };
}

/** Members of a group share the partitions of one topic, so the filter of another topic needs another group. */
function toGroupId(topic: string): string {
  return topic === defaultTopic ? 'comapi-webhook-filter' : `comapi-webhook-filter-${topic}`;
}

/**
 * For one run to the end of a store.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadFilterRunConfig(env: Env): FilterRunConfig {
  const problems: ConfigProblem[] = [];
  const run = readRun(env, problems);
  ConfigError.throwIfAny(problems);
  return run;
}

function readRun(env: Env, problems: ConfigProblem[]): FilterRunConfig {
  const read = readVariables(filterRunEntries, env, problems);
  return {
    topics: readTopicNames(env, problems),
    windowMs: read.FILTER_WINDOW,
    logLevel: read.LOG_LEVEL,
    logFormat: read.LOG_FORMAT,
  };
}
