import { startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { createTopic } from '../../support/kafka/topics.ts';
import type { Topics } from './deploy.ts';
import { type Relay, startRelay } from './relay.ts';

export type KafkaBehindRelay = Awaited<ReturnType<typeof startKafkaBehindRelay>>;

/** Starts a Kafka broker with these topics on this machine. Also starts a relay, through which the pods connect to it. */
export async function startKafkaBehindRelay(hostAddress: string, topics: Partial<Topics>) {
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
