import { declareQueue, quorum } from '../support/rabbitmq/declare-queue.ts';
import { startRabbitMqCluster } from '../support/rabbitmq/rabbitmq-cluster.ts';

export interface ShortRabbitMq {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const maxMessages = 20_000;

/** One node for a receiver under load. Its queues drop what is old, as Kafka's topics do by their retention. */
export async function startShortRabbitMq({
  topic,
  deadLetterTopic,
}: {
  readonly topic: string;
  readonly deadLetterTopic: string;
}): Promise<ShortRabbitMq> {
  const cluster = await startRabbitMqCluster({ nodes: 1 });
  for (const queue of [topic, deadLetterTopic]) {
    await declareQueue(cluster.url, queue, { ...quorum, 'x-max-length': maxMessages });
  }
  return {
    env: { RABBITMQ_URL: cluster.url, RABBITMQ_QUEUE: topic },
    stop: () => cluster.stop(),
  };
}
