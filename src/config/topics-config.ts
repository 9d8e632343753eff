import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { type KafkaConfig, readKafkaConfig, readTopicNames, type TopicNames } from './kafka-config.ts';
import { maxBodyBytesVariable } from './receiver-config.ts';
import { readVariables, textVariable } from './variables.ts';
import { readWebhookTopics } from './webhooks-file.ts';

/** What creating topics needs: the receiver's own variables, but none of its secrets. */
export interface TopicsConfig {
  readonly kafka: KafkaConfig;
  /** Those of `KAFKA_TOPIC` first, then those that registrations have of their own. */
  readonly names: readonly TopicNames[];
  readonly maxBodyBytes: number;
}

const entries = { WEBHOOKS_FILE: textVariable(undefined), MAX_BODY_BYTES: maxBodyBytesVariable };

/** @throws {ConfigError} with every problem at once */
export function loadTopicsConfig(env: Env): TopicsConfig {
  const problems: ConfigProblem[] = [];
  const read = readVariables(entries, env, problems);
  const names = readTopicNames(env, problems);
  const kafka = readKafkaConfig(env, problems);
  const own = read.WEBHOOKS_FILE === undefined ? [] : readWebhookTopics(read.WEBHOOKS_FILE, names, problems);
  if (kafka === undefined && problems.length === 0) {
    problems.push({
      variable: 'KAFKA_BROKERS',
      message: 'is missing: topics are made on Kafka; set it to host:port of at least one broker.',
    });
  }
  if (problems.length > 0 || kafka === undefined) {
    throw new ConfigError(problems);
  }
  return { kafka, names: [names, ...own], maxBodyBytes: read.MAX_BODY_BYTES };
}
