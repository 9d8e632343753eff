import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { quoteValue } from './credential.ts';
import { kafkaOauthVariables } from './kafka-oauth-config.ts';
import { type KafkaSaslConfig, kafkaSaslVariables, readKafkaSasl } from './kafka-sasl-config.ts';
import {
  herokuBrokersVariable,
  herokuKafkaVariables,
  isHerokuKafka,
  type KafkaTlsConfig,
  readKafkaTls,
} from './kafka-tls-config.ts';
import { kafkaTopicSettings, type StoreSettings } from './store-settings.ts';
import { storeTlsVariables } from './store-tls.ts';
import {
  defineBooleanVariable,
  defineChoiceVariable,
  defineListVariable,
  listVariableNames,
  readVariables,
  type Values,
} from './variables.ts';

const compressions = ['none', 'gzip', 'zstd'] as const;

export type Compression = (typeof compressions)[number];

const brokersVariable = defineListVariable('KAFKA_BROKERS');
const tlsVariable = defineBooleanVariable('KAFKA_TLS', undefined);

const kafkaRecordVariables = {
  compression: defineChoiceVariable('KAFKA_COMPRESSION', compressions, 'none'),
};

export interface KafkaConnectionConfig {
  /** Addresses of one or more brokers, each as `host:port`. */
  readonly brokers: readonly string[];
  readonly tls?: KafkaTlsConfig;
  readonly sasl?: KafkaSaslConfig;
}

/** Compression of the records that the process writes. */
export type KafkaConfig = Values<typeof kafkaRecordVariables> & {
  readonly connection: KafkaConnectionConfig;
};

export const kafkaSettings: StoreSettings<KafkaConfig> = {
  title: 'Kafka',
  selectingVariables: ['KAFKA_BROKERS', 'KAFKA_URL'],
  platformVariables: ['KAFKA_URL'],
  ...kafkaTopicSettings,
  variables: [
    ...[
      { brokersVariable, tlsVariable },
      kafkaRecordVariables,
      storeTlsVariables,
      kafkaSaslVariables,
      kafkaOauthVariables,
    ].flatMap(listVariableNames),
    ...kafkaTopicSettings.variables,
    ...herokuKafkaVariables,
  ],
  read: readKafkaConfig,
};

/** Returns `undefined` if neither `KAFKA_BROKERS` nor Heroku's `KAFKA_URL` is set. */
export function readKafkaConfig(env: Env, problems: ConfigProblem[]): KafkaConfig | undefined {
  const isHerokuConfigured = isHerokuKafka(env);
  const variable = isHerokuConfigured ? herokuBrokersVariable : brokersVariable.name;
  const { tls: isTlsSet } = readVariables({ tls: tlsVariable }, env, problems);
  const records = readVariables(kafkaRecordVariables, env, problems);
  if (!env[variable]) {
    return undefined;
  }
  const { items } = readVariables({ items: defineListVariable(variable) }, env, problems);
  const { brokers, isTls } = toKafkaBrokers({ variable, items, tls: isTlsSet }, problems);
  const tls = readKafkaTls(env, { isTls, isHeroku: isHerokuConfigured }, problems);
  const saslConfig = readKafkaSasl(env, { isTls }, problems);
  return {
    connection: { brokers, ...(tls && { tls }), ...(saslConfig && { sasl: saslConfig }) },
    ...records,
  };
}

interface KafkaBrokers {
  /** Broker addresses, each as `host:port`. */
  readonly brokers: readonly string[];
  readonly isTls: boolean;
}

const maxPort = 65_535;

/** Parses `host:port`, `kafka://host:port` or `kafka+ssl://host:port`. The last form enables TLS. */
export function toKafkaBrokers(
  {
    variable,
    items,
    tls,
  }: { readonly variable: string; readonly items: readonly string[]; readonly tls: boolean | undefined },
  problems: ConfigProblem[],
): KafkaBrokers {
  const report = (message: string) => problems.push({ variable, message });
  if (items.length === 0) {
    report('names no broker: set it to the host:port of at least one broker.');
  }
  const parsedBrokers = items.map((item) => {
    const [, scheme = '', broker = ''] = /^(?:(kafka(?:\+ssl)?):\/\/)?(.*)$/is.exec(item) ?? [];
    return { scheme: scheme.toLowerCase(), broker, problem: findBrokerProblem(item, broker) };
  });
  for (const { problem } of parsedBrokers) {
    if (problem !== undefined) {
      report(problem);
    }
  }
  const schemes = new Set(parsedBrokers.map(({ scheme }) => scheme));
  if (schemes.size > 1) {
    report(
      'mixes kafka://, kafka+ssl:// and plain host:port. TLS is on or off for all brokers, so use the same form for all of them.',
    );
  }
  const isTlsUrl = schemes.has('kafka+ssl');
  if (isTlsUrl && tls === false) {
    report('contains kafka+ssl://, but KAFKA_TLS is false: remove KAFKA_TLS, or use host:port.');
  }
  if (schemes.has('kafka') && tls === true) {
    report('contains kafka://, which means no TLS, but KAFKA_TLS is true: use kafka+ssl:// or host:port.');
  }
  return { brokers: parsedBrokers.map(({ broker }) => broker), isTls: isTlsUrl || tls === true };
}

function findBrokerProblem(item: string, broker: string): string | undefined {
  if (item.includes('@')) {
    return 'contains a user name or a password, which would be logged: use host:port, and set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD_FILE.';
  }
  const [, port] = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/]+):(\d+)$/.exec(broker) ?? [];
  if (port === undefined) {
    return `${quoteValue(item)} is not host:port.`;
  }
  const isPort = Number(port) >= 1 && Number(port) <= maxPort;
  return isPort ? undefined : `${quoteValue(item)} has a port outside the range 1 to ${maxPort}.`;
}
