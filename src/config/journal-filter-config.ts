import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { type LogLevel, logLevels } from '../runtime/logger.ts';
import { filterWindowVariable } from './filter-config.ts';
import { readTopicNames, type TopicNames } from './kafka-config.ts';
import { choiceVariable, readVariables, textVariable } from './variables.ts';

export interface JournalFilterConfig {
  readonly dataDir: string;
  readonly topics: TopicNames;
  /** How long an entity is remembered. */
  readonly windowMs: number;
  readonly logLevel: LogLevel;
}

const entries = {
  DATA_DIR: textVariable('./data'),
  FILTER_WINDOW: filterWindowVariable,
  LOG_LEVEL: choiceVariable(logLevels, 'info'),
};

/**
 * What the filter needs to work on the journal.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadJournalFilterConfig(env: Env): JournalFilterConfig {
  const problems: ConfigProblem[] = [];
  const read = readVariables(entries, env, problems);
  const topics = readTopicNames(env, problems);
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
  return { dataDir: read.DATA_DIR, topics, windowMs: read.FILTER_WINDOW, logLevel: read.LOG_LEVEL };
}
