import type { KafkaAccess } from '../../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import type { KafkaConnection } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { createKafkajsConnection } from '../../../src/stores/kafka/cluster/kafkajs/kafkajs-connection.ts';
import { captureLog } from '../../support/captured-log.ts';

/** Connects to one broker on a loopback address. */
export async function connectTo(
  port: number,
  access: Pick<KafkaAccess, 'sasl'> = {},
  host = '127.0.0.1',
): Promise<KafkaConnection> {
  const connection = createKafkajsConnection({
    address: { host, port },
    connection: { brokers: [], ...access },
    settings: { connectTimeoutMs: 5_000, requestTimeoutMs: 40_000 },
    logger: captureLog().logger,
  });
  await connection.connect();
  return connection;
}
