import type { Registry } from 'prom-client';
import { createStoreMetrics } from '../append/store-metrics.ts';

/** Where the RabbitMQ sink reports what it does. */
export type RabbitMqMetrics = ReturnType<typeof createRabbitMqMetrics>;

const retryCauses = ['connection', 'timeout', 'protocol', 'answer_check', 'refused'] as const;

/** Why messages are published again. */
export type RabbitMqRetryCause = (typeof retryCauses)[number];

/** The metrics of the way to RabbitMQ, on a registry. The label is the name of a queue, or of the exchange. */
export function createRabbitMqMetrics(registry: Registry) {
  return createStoreMetrics(registry, { prefix: 'comapi_webhook_rabbitmq_', label: 'queue', retryCauses });
}
