import type { Kafka } from 'kafkajs';
import type { Logger } from '../../runtime/logger.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { createKafkaClient } from './kafka-client.ts';

/** A client for someone who waits at a terminal: it fails after a few seconds, not after half a minute. */
export function createCommandKafka(connection: KafkaAccess, logger: Logger): Kafka {
  const retry = { retries: 3, initialRetryTime: 200, maxRetryTime: 1_000 };
  return createKafkaClient({ connection, logger, overrides: { retry } });
}
