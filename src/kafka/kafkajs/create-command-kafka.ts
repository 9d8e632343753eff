import type { Kafka } from 'kafkajs';
import type { KafkaConnectionConfig } from '../../config/kafka-config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createKafkaClient } from './kafka-client.ts';

/** A client for someone who waits at a terminal: it fails after a few seconds, not after half a minute. */
export function createCommandKafka(connection: KafkaConnectionConfig, logger: Logger): Kafka {
  const retry = { retries: 3, initialRetryTime: 200, maxRetryTime: 1_000 };
  return createKafkaClient({ connection, logger, overrides: { retry } });
}
