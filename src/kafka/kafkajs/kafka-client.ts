import { Kafka, type KafkaConfig as KafkajsConfig, logLevel } from 'kafkajs';
import type { Logger } from '../../runtime/logger.ts';
import { toBrokerNames } from './broker-names.ts';
import { readConnectionOptions } from './connection-options.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { createKafkaLogCreator } from './kafka-log-creator.ts';
import { mendKafkajs } from './mend-kafkajs.ts';
import { openSocket } from './open-socket.ts';

interface KafkaClientDeps {
  readonly connection: KafkaAccess;
  readonly logger: Logger;
  /** Settings that this use of the client changes, such as timeouts. */
  readonly overrides?: Partial<KafkajsConfig>;
}

/**
 * A kafkajs client for consumers, transactions and administration. The receiver does not produce through it:
 * see `createKafkaSink`.
 *
 * @throws when a certificate or password file cannot be read.
 */
export function createKafkaClient({ connection, logger, overrides }: KafkaClientDeps): Kafka {
  mendKafkajs();
  const { clientId, ssl, sasl } = readConnectionOptions(connection, logger);
  const { brokers, hostOf } = toBrokerNames(connection.brokers);
  return new Kafka({
    clientId,
    brokers,
    socketFactory: (target) => openSocket({ ...target, host: hostOf(target.host) }),
    ...(ssl && { ssl }),
    ...(sasl && { sasl }),
    connectionTimeout: connection.connectTimeoutMs ?? 2_000,
    authenticationTimeout: Math.max(3_000, connection.connectTimeoutMs ?? 0),
    requestTimeout: Math.max(10_000, connection.requestTimeoutMs ?? 0),
    logLevel: logger.isLevelEnabled('trace') ? logLevel.DEBUG : logLevel.INFO,
    logCreator: createKafkaLogCreator(logger),
    ...overrides,
  });
}
