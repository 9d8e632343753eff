import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { herokuKafkaVariables, readHerokuKafka } from './heroku-kafka-config.ts';
import { toKafkaBrokers } from './kafka-brokers-config.ts';
import { type KafkaSaslConfig, kafkaSaslEntries, toKafkaSasl } from './kafka-sasl-config.ts';
import { type KafkaTlsConfig, kafkaTlsEntries, toKafkaTls } from './kafka-tls-config.ts';
import type { StoreSettings } from './store-settings.ts';
import { kafkaTopicSettings } from './topic-settings.ts';
import { choiceVariable, integerVariable, listVariable, readVariables, textVariable } from './variables.ts';

export interface KafkaConnectionConfig {
  /** `host:port` of at least one broker. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** TCP, TLS, version look-up and login of one connection; `undefined`: what each part of the program has by itself. */
  readonly connectTimeoutMs?: number;
  /** From a request to its answer. */
  readonly requestTimeoutMs?: number;
  readonly tls?: KafkaTlsConfig;
  readonly sasl?: KafkaSaslConfig;
}

const compressions = ['none', 'gzip', 'zstd', 'lz4', 'snappy'] as const;

export type Compression = (typeof compressions)[number];

export interface KafkaConfig {
  readonly connection: KafkaConnectionConfig;
  /** Of the records that are written. */
  readonly compression: Compression;
}

/** Of the receiver. */
export const defaultKafkaTimeouts = { connectTimeoutMs: 2_000, requestTimeoutMs: 3_000 };

const kafkaEntries = {
  KAFKA_BROKERS: listVariable(),
  KAFKA_CLIENT_ID: textVariable('comapi-webhook'),
  KAFKA_COMPRESSION: choiceVariable(compressions, 'none'),
  KAFKA_CONNECT_TIMEOUT_MS: integerVariable(undefined, { min: 500, max: 60_000 }),
  KAFKA_REQUEST_TIMEOUT_MS: integerVariable(undefined, { min: 1_000, max: 120_000 }),
  ...kafkaTlsEntries,
  ...kafkaSaslEntries,
};

export const kafkaSettings: StoreSettings<KafkaConfig> = {
  title: 'Kafka',
  choosing: ['KAFKA_BROKERS', 'KAFKA_URL'],
  setByPlatforms: ['KAFKA_URL'],
  ...kafkaTopicSettings,
  variables: [...Object.keys(kafkaEntries), ...kafkaTopicSettings.variables, ...herokuKafkaVariables],
  read: readKafkaConfig,
  check: ({ connection }, { requestBudgetMs }, problems) =>
    checkTimeouts(connection, requestBudgetMs, problems),
};

/** `undefined` when neither `KAFKA_BROKERS` nor Heroku's `KAFKA_URL` is set. */
export function readKafkaConfig(env: Env, problems: ConfigProblem[]): KafkaConfig | undefined {
  const { env: given, names } = readHerokuKafka(env, problems);
  const found: ConfigProblem[] = [];
  const config = toKafkaConfig(given, found);
  problems.push(
    ...found.map((problem) => ({ ...problem, variable: names.get(problem.variable) ?? problem.variable })),
  );
  return config;
}

function toKafkaConfig(given: Env, problems: ConfigProblem[]): KafkaConfig | undefined {
  const read = readVariables(kafkaEntries, given, problems);
  if (!given.KAFKA_BROKERS) {
    return undefined;
  }
  const { brokers, isTls } = toKafkaBrokers(read, given, problems);
  const withTls = { ...read, KAFKA_TLS: isTls };
  const tls = toKafkaTls(withTls, problems);
  const sasl = toKafkaSasl(withTls, problems);
  const { KAFKA_CONNECT_TIMEOUT_MS: connectTimeoutMs, KAFKA_REQUEST_TIMEOUT_MS: requestTimeoutMs } = read;
  return {
    connection: {
      brokers,
      clientId: read.KAFKA_CLIENT_ID,
      ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
      ...(requestTimeoutMs !== undefined && { requestTimeoutMs }),
      ...(tls && { tls }),
      ...(sasl && { sasl }),
    },
    compression: read.KAFKA_COMPRESSION,
  };
}

/**
 * A delivery must be able to wait for one attempt on a new connection. Only timeouts that were set are a problem: a small
 * budget with the defaults means that a hanging broker is answered with 503 before they are over.
 */
function checkTimeouts(
  { connectTimeoutMs, requestTimeoutMs }: KafkaConnectionConfig,
  requestBudgetMs: number,
  problems: ConfigProblem[],
): void {
  const connectMs = connectTimeoutMs ?? defaultKafkaTimeouts.connectTimeoutMs;
  const requestMs = requestTimeoutMs ?? defaultKafkaTimeouts.requestTimeoutMs;
  const isSet = connectTimeoutMs !== undefined || requestTimeoutMs !== undefined;
  if (isSet && connectMs + requestMs > requestBudgetMs) {
    problems.push({
      variable: requestTimeoutMs === undefined ? 'KAFKA_CONNECT_TIMEOUT_MS' : 'KAFKA_REQUEST_TIMEOUT_MS',
      message: `connecting (${connectMs} ms) and a request (${requestMs} ms) may take longer than REQUEST_BUDGET_MS (${requestBudgetMs}): no delivery could wait for one attempt. The provider waits 10 s, so lower the timeouts.`,
    });
  }
}
