import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { type KafkaSaslConfig, kafkaSaslEntries, toKafkaSasl } from './kafka-sasl-config.ts';
import { type KafkaTlsConfig, kafkaTlsEntries, toKafkaTls } from './kafka-tls-config.ts';
import { quoteValue } from './quote-value.ts';
import { listVariable, readVariables, textVariable } from './variables.ts';

export interface KafkaConnectionConfig {
  /** `host:port` of at least one broker. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: KafkaTlsConfig;
  readonly sasl?: KafkaSaslConfig;
}

export interface KafkaConfig {
  readonly connection: KafkaConnectionConfig;
}

const entries = {
  KAFKA_BROKERS: listVariable(),
  KAFKA_CLIENT_ID: textVariable('comapi-webhook'),
  ...kafkaTlsEntries,
  ...kafkaSaslEntries,
};

/** `undefined` when `KAFKA_BROKERS` is not set. */
export function readKafkaConfig(env: Env, problems: ConfigProblem[]): KafkaConfig | undefined {
  const read = readVariables(entries, env, problems);
  const { KAFKA_BROKERS: brokers, KAFKA_CLIENT_ID: clientId } = read;
  if (!env.KAFKA_BROKERS) {
    return undefined;
  }
  if (brokers.length === 0) {
    problems.push({ variable: 'KAFKA_BROKERS', message: 'names no broker: set host:port of at least one.' });
  }
  for (const broker of brokers) {
    const fault = findBrokerFault(broker);
    if (fault !== undefined) {
      problems.push({ variable: 'KAFKA_BROKERS', message: fault });
    }
  }
  const tls = toKafkaTls(read, problems);
  const sasl = toKafkaSasl(read, problems);
  return { connection: { brokers, clientId, ...(tls && { tls }), ...(sasl && { sasl }) } };
}

function findBrokerFault(broker: string): string | undefined {
  if (broker.includes('@')) {
    return 'holds a user name or a password, which would be shown and logged: give host:port, and KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD_FILE for the user.';
  }
  return /^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}$/.test(broker)
    ? undefined
    : `${quoteValue(broker)} is not host:port.`;
}
