import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { startShortRabbitMq } from './short-rabbitmq.ts';
import { startTrimmedRedis } from './trimmed-redis.ts';

export const benchTopics = { topic: 'bench.events', deadLetterTopic: 'bench.events.dead-letter' };

/** Starts a broker and creates the topics of the benchmark. The topics keep only a few seconds of load. */
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
