import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { readHerokuKafka } from './heroku-kafka-config.ts';
import { toKafkaBrokers } from './kafka-brokers-config.ts';
import { type KafkaSaslConfig, kafkaSaslEntries, toKafkaSasl } from './kafka-sasl-config.ts';
import { type KafkaTlsConfig, kafkaTlsEntries, toKafkaTls } from './kafka-tls-config.ts';
import { choiceVariable, listVariable, readVariables, textVariable } from './variables.ts';

export interface KafkaConnectionConfig {
  /** `host:port` of at least one broker. */
  readonly brokers: readonly string[];
  readonly clientId: string;
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

const entries = {
  KAFKA_BROKERS: listVariable(),
  KAFKA_CLIENT_ID: textVariable('comapi-webhook'),
  KAFKA_COMPRESSION: choiceVariable(compressions, 'none'),
  ...kafkaTlsEntries,
  ...kafkaSaslEntries,
};

/** `undefined` when neither `KAFKA_BROKERS` nor Heroku's `KAFKA_URL` is set. */
export function readKafkaConfig(env: Env, problems: ConfigProblem[]): KafkaConfig | undefined {
  const given = readHerokuKafka(env, problems);
  const read = readVariables(entries, given, problems);
  if (!given.KAFKA_BROKERS) {
    return undefined;
  }
  const { brokers, isTls } = toKafkaBrokers(read, env, problems);
  const withTls = { ...read, KAFKA_TLS: isTls };
  const tls = toKafkaTls(withTls, problems);
  const sasl = toKafkaSasl(withTls, problems);
  const connection = { brokers, clientId: read.KAFKA_CLIENT_ID, ...(tls && { tls }), ...(sasl && { sasl }) };
  return { connection, compression: read.KAFKA_COMPRESSION };
}
