import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { declareQueue, quorum } from '../support/rabbitmq/declare-queue.ts';
import { startRabbitMqCluster } from '../support/rabbitmq/rabbitmq-cluster.ts';
import { startRedisServer } from '../support/redis/redis-server.ts';

export const benchTopics = { topic: 'bench.events', deadLetterTopic: 'bench.events.dead-letter' };

/** Maximum number of records in a queue or a stream. */
const maxQueuedRecords = 20_000;

/**
 * Starts a broker and creates the topics of the benchmark. Their retention is so short that they keep only a few
 * seconds of load.
 */
export async function startBenchKafka(): Promise<KafkaCluster> {
  const cluster = await startKafkaCluster({
    nodes: 1,
    brokerConfig: { 'log.retention.check.interval.ms': '5000' },
  });
  const configs = {
    'retention.bytes': '50000000',
    'segment.bytes': '20000000',
    'max.message.bytes': '2000000',
  };
  try {
    await createTopic(cluster.bootstrap, benchTopics.topic, { partitions: 12, configs });
    await createTopic(cluster.bootstrap, benchTopics.deadLetterTopic, { configs });
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/**
 * Starts Redis. Also starts RabbitMQ if the user is root, because only root can create the namespaces that RabbitMQ
 * needs.
 */
export async function startOtherStores() {
  const { topic, deadLetterTopic } = benchTopics;
  const redis = await startTrimmedRedis(topic);
  const rabbitMq = process.getuid?.() === 0 ? await startShortRabbitMq(topic, deadLetterTopic) : undefined;
  if (rabbitMq === undefined) {
    process.stderr.write('not root: the receiver on RabbitMQ is not measured\n');
  }
  return {
    /** Environment variables of the receiver, by store name. */
    env: { Redis: redis.env, ...(rabbitMq && { RabbitMQ: rabbitMq.env }) },
    async stop() {
      await redis.stop();
      await rabbitMq?.stop();
    },
  };
}

/**
 * Starts one RabbitMQ node for a receiver under load. Its queues drop old messages, as Kafka topics with retention do.
 */
async function startShortRabbitMq(topic: string, deadLetterTopic: string) {
  const cluster = await startRabbitMqCluster({ nodes: 1 });
  for (const queue of [topic, deadLetterTopic]) {
    await declareQueue(cluster.url, queue, { ...quorum, 'x-max-length': maxQueuedRecords });
  }
  return {
    env: { RABBITMQ_URL: cluster.url, RABBITMQ_QUEUE: topic },
    stop: () => cluster.stop(),
  };
}

/** Starts a Redis server for a receiver under load. Its streams are trimmed, as Kafka topics with retention are. */
async function startTrimmedRedis(topic: string) {
  const server = await startRedisServer();
  const probe = await server.connect();
  const timer = setInterval(
    () => void probe.call('XTRIM', topic, 'MAXLEN', '~', String(maxQueuedRecords)).catch(() => undefined),
    100,
  );
  return {
    env: { REDIS_URL: server.url, REDIS_STREAM: topic },
    async stop() {
      clearInterval(timer);
      probe.close();
      await server.stop();
    },
  };
}
