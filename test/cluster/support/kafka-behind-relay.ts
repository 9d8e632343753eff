import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { createTopic } from '../../support/kafka/topics.ts';
import type { Topics } from './deploy.ts';
import { type Relay, startRelay } from './relay.ts';

/** A Kafka of a test's own, which can be away, and the relay by which pods reach it. */
export interface KafkaBehindRelay {
  readonly kafka: KafkaCluster;
  readonly relay: Relay;
  stop(): Promise<void>;
}

export async function startKafkaBehindRelay(hostAddress: string, topics: Topics): Promise<KafkaBehindRelay> {
  const starting = Promise.withResolvers<Relay>();
  const kafka = await startKafkaCluster({
    nodes: 1,
    async advertise({ port }) {
      const relay = await startRelay(hostAddress, port);
      starting.resolve(relay);
      return `${hostAddress}:${relay.port}`;
    },
  });
  const relay = await starting.promise;
  for (const topic of Object.values(topics)) {
    await createTopic(kafka.internalBootstrap, topic, { partitions: 3 });
  }
  return {
    kafka,
    relay,
    async stop() {
      await kafka.stop();
      relay.close();
    },
  };
}
