import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { type LogLevel, logLevels } from '../runtime/logger.ts';
import { type KafkaConfig, readKafkaConfig, readTopicNames, type TopicNames } from './kafka-config.ts';
import { type ManagementConfig, readManagementConfig } from './management-config.ts';
import {
  choiceVariable,
  durationVariable,
  integerVariable,
  patternVariable,
  readVariables,
} from './variables.ts';

export interface FilterConfig {
  readonly management: ManagementConfig;
  readonly kafka: KafkaConfig;
  readonly topics: TopicNames;
  readonly groupId: string;
  /** Static membership; `undefined` for a dynamic member. */
  readonly instanceId?: string;
  readonly sessionTimeoutMs: number;
  /** How long an entity is remembered. */
  readonly windowMs: number;
  readonly commitIntervalMs: number;
  /** Read from a partition at once, and the size of a transaction. */
  readonly fetchBytes: number;
  readonly shutdownTimeoutMs: number;
  readonly logLevel: LogLevel;
}

const hourMs = 3_600_000;
const mebibyte = 1024 * 1024;
const namePattern = /^[a-zA-Z0-9._-]{1,200}$/;
const nameExpected = '1 to 200 of a-z, A-Z, 0-9, ".", "_", "-"';

/** The provider repeats an event for 24 h: a shorter memory would forward what comes late. */
export const filterWindowVariable = durationVariable(72 * hourMs, {
  minMs: 60_000,
  maxMs: 366 * 24 * hourMs,
});

const entries = {
  FILTER_GROUP_ID: patternVariable('comapi-webhook-filter', namePattern, nameExpected),
  FILTER_INSTANCE_ID: patternVariable(undefined, namePattern, nameExpected),
  FILTER_SESSION_TIMEOUT_MS: integerVariable(30_000, { min: 6_000, max: 1_800_000 }),
  FILTER_WINDOW: filterWindowVariable,
  FILTER_COMMIT_INTERVAL_MS: integerVariable(100, { min: 0, max: 10_000 }),
  FILTER_FETCH_BYTES: integerVariable(mebibyte, { min: 16 * 1024, max: 32 * mebibyte }),
  SHUTDOWN_TIMEOUT_MS: integerVariable(25_000, { min: 1_000, max: 3_600_000 }),
  LOG_LEVEL: choiceVariable(logLevels, 'info'),
};

/**
 * The revision filter's whole configuration, checked.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadFilterConfig(env: Env): FilterConfig {
  const problems: ConfigProblem[] = [];
  const read = readVariables(entries, env, problems);
  const management = readManagementConfig(env, problems);
  const topics = readTopicNames(env, problems);
  const kafka = readKafkaConfig(env, problems);
  if (kafka === undefined && !env.KAFKA_BROKERS) {
    problems.push({
      variable: 'KAFKA_BROKERS',
      message: 'is missing: without it the filter works on the journal.',
    });
  }
  if (new Set(Object.values(topics)).size < Object.keys(topics).length) {
    problems.push({
      variable: 'KAFKA_LATEST_TOPIC',
      message: 'events, dead letters and latest states need a topic each.',
    });
  }
  if (problems.length > 0 || kafka === undefined) {
    throw new ConfigError(problems);
  }
  return {
    management,
    kafka,
    topics,
    groupId: read.FILTER_GROUP_ID,
    ...(read.FILTER_INSTANCE_ID !== undefined && { instanceId: read.FILTER_INSTANCE_ID }),
    sessionTimeoutMs: read.FILTER_SESSION_TIMEOUT_MS,
    windowMs: read.FILTER_WINDOW,
    commitIntervalMs: read.FILTER_COMMIT_INTERVAL_MS,
    fetchBytes: read.FILTER_FETCH_BYTES,
    shutdownTimeoutMs: read.SHUTDOWN_TIMEOUT_MS,
    logLevel: read.LOG_LEVEL,
  };
}
