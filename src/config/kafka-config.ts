import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { quoteValue } from './credential.ts';
import { herokuKafkaVariables, readHerokuKafka } from './heroku-kafka-config.ts';
import { kafkaOauthVariables } from './kafka-oauth-config.ts';
import { type KafkaSaslConfig, kafkaSaslVariables, readKafkaSasl } from './kafka-sasl-config.ts';
import { type KafkaTlsConfig, kafkaTlsVariables, readKafkaTls } from './kafka-tls-config.ts';
import { kafkaTopicSettings, type StoreSettings } from './store-settings.ts';
import { topicSettingsVariable } from './topic-settings.ts';
import {
  booleanVariable,
  choiceVariable,
  listVariable,
  namesOf,
  readVariables,
  type Values,
} from './variables.ts';

const compressions = ['none', 'gzip', 'zstd'] as const;

export type Compression = (typeof compressions)[number];

const brokerVariables = {
  items: listVariable('KAFKA_BROKERS'),
  tls: booleanVariable('KAFKA_TLS', undefined),
};

const recordVariables = {
  compression: choiceVariable('KAFKA_COMPRESSION', compressions, 'none'),
  topicSettings: topicSettingsVariable,
};

export interface KafkaConnectionConfig {
  /** `host:port` of at least one broker. */
  readonly brokers: readonly string[];
  readonly tls?: KafkaTlsConfig;
  readonly sasl?: KafkaSaslConfig;
}

/** The compression is that of the records that are written. */
export type KafkaConfig = Values<typeof recordVariables> & { readonly connection: KafkaConnectionConfig };

export const kafkaSettings: StoreSettings<KafkaConfig> = {
  title: 'Kafka',
  choosing: ['KAFKA_BROKERS', 'KAFKA_URL'],
  setByPlatforms: ['KAFKA_URL'],
  ...kafkaTopicSettings,
  variables: [
    ...[brokerVariables, recordVariables, kafkaTlsVariables, kafkaSaslVariables, kafkaOauthVariables].flatMap(
      namesOf,
    ),
    ...kafkaTopicSettings.variables,
    ...herokuKafkaVariables,
  ],
  read: readKafkaConfig,
};

/** `undefined` when neither `KAFKA_BROKERS` nor Heroku's `KAFKA_URL` is set. */
export function readKafkaConfig(env: Env, problems: ConfigProblem[]): KafkaConfig | undefined {
  const { env: given, names } = readHerokuKafka(env);
  const found: ConfigProblem[] = [];
  const config = toKafkaConfig(given, found);
  problems.push(
    ...found.map((problem) => ({ ...problem, variable: names.get(problem.variable) ?? problem.variable })),
  );
  return config;
}

function toKafkaConfig(env: Env, problems: ConfigProblem[]): KafkaConfig | undefined {
  const named = readVariables(brokerVariables, env, problems);
  const records = readVariables(recordVariables, env, problems);
  if (!env.KAFKA_BROKERS) {
    return undefined;
  }
  const { brokers, isTls } = toKafkaBrokers(named, problems);
  const tls = readKafkaTls(env, { isTls }, problems);
  const sasl = readKafkaSasl(env, { isTls }, problems);
  return { connection: { brokers, ...(tls && { tls }), ...(sasl && { sasl }) }, ...records };
}

interface KafkaBrokers {
  /** `host:port` of each. */
  readonly brokers: readonly string[];
  readonly isTls: boolean;
}

const maxPort = 65_535;

/** From `host:port`, `kafka://host:port` or `kafka+ssl://host:port`; the last turns TLS on. */
export function toKafkaBrokers(
  { items, tls }: Values<typeof brokerVariables>,
  problems: ConfigProblem[],
): KafkaBrokers {
  const report = (message: string) => problems.push({ variable: 'KAFKA_BROKERS', message });
  if (items.length === 0) {
    report('names no broker: set host:port of at least one.');
  }
  const found = items.map((item) => {
    const [, scheme = '', broker = ''] = /^(?:(kafka(?:\+ssl)?):\/\/)?(.*)$/is.exec(item) ?? [];
    return { scheme: scheme.toLowerCase(), broker, problem: findBrokerProblem(item, broker) };
  });
  for (const { problem } of found) {
    if (problem !== undefined) {
      report(problem);
    }
  }
  const schemes = new Set(found.map(({ scheme }) => scheme));
  if (schemes.size > 1) {
    report(
      'mixes kafka://, kafka+ssl:// and plain host:port: one setting of TLS is for all brokers, so write all the same way.',
    );
  }
  const isTlsUrl = schemes.has('kafka+ssl');
  if (isTlsUrl && tls === false) {
    report('has kafka+ssl:// while KAFKA_TLS is false: remove KAFKA_TLS, or give host:port.');
  }
  if (schemes.has('kafka') && tls === true) {
    report('has kafka://, which is without TLS, while KAFKA_TLS is true: give kafka+ssl:// or host:port.');
  }
  return { brokers: found.map(({ broker }) => broker), isTls: isTlsUrl || tls === true };
}

function findBrokerProblem(item: string, broker: string): string | undefined {
  if (item.includes('@')) {
    return 'holds a user name or a password, which would be shown and logged: give host:port, and KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD_FILE for the user.';
  }
  const [, port] = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/]+):(\d+)$/.exec(broker) ?? [];
  if (port === undefined) {
    return `${quoteValue(item)} is not host:port.`;
  }
  const isPort = Number(port) >= 1 && Number(port) <= maxPort;
  return isPort ? undefined : `${quoteValue(item)} has a port that is not from 1 to ${maxPort}.`;
}
