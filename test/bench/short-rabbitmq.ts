import { declareQueue, quorum } from '../support/rabbitmq/declare-queue.ts';
import { startRabbitMqCluster } from '../support/rabbitmq/rabbitmq-cluster.ts';

const maxMessages = 20_000;

/** Starts one RabbitMQ node for a receiver under load. Its queues drop old messages, as Kafka topics with retention do. */
export async function startShortRabbitMq(topic: string, deadLetterTopic: string) {
  const cluster = await startRabbitMqCluster({ nodes: 1 });
  for (const queue of [topic, deadLetterTopic]) {
    await declareQueue(cluster.url, queue, { ...quorum, 'x-max-length': maxMessages });
  }
  return {
    env: { RABBITMQ_URL: cluster.url, RABBITMQ_QUEUE: topic },
    stop: () => cluster.stop(),
  };
}
