import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { kafkaClientId } from '../../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import { setClientQuotas } from '../kafka/client-quotas.ts';
import { createFaultProxy, type FaultProxy } from '../kafka/fault-proxy.ts';
import { authorizerConfig } from '../kafka/grant-rights.ts';
import { startKafkaCluster } from '../kafka/kafka-cluster.ts';
import { createTopic, type TopicSettings } from '../kafka/topics.ts';

export const readerless = { username: 'readerless', password: 'correct horse' };

export type KafkaStage = Awaited<ReturnType<typeof startKafkaStage>>;

/** Starts three brokers, each behind a proxy. Clients that log in have no permissions until a test grants them. */
export async function startKafkaStage() {
  const proxies: FaultProxy[] = [];
  const cluster = await startKafkaCluster({
    nodes: 3,
    sasl: readerless,
    brokerConfig: authorizerConfig,
    async advertise({ port }) {
      const proxy = await createFaultProxy({ brokerPort: port, random: () => 0 });
      proxies.push(proxy);
      return proxy.address;
    },
  });
  return {
    cluster,
    proxies: proxies as readonly FaultProxy[],
    /** Creates an events topic and a dead-letter topic. @returns the environment variables of a receiver */
    async createTopics(events: TopicSettings = {}, deadLetter: TopicSettings = {}) {
      const topic = `events-${randomUUID().slice(0, 8)}`;
      const durable = { partitions: 2, replicationFactor: 3 };
      await createTopic(cluster.internalBootstrap, topic, { ...durable, ...events });
      // A dead letter can contain a whole request body, so the topic must accept large records.
      const configs = { 'max.message.bytes': '10600000' };
      await createTopic(cluster.internalBootstrap, `${topic}.dead-letter`, {
        ...{ ...durable, configs, ...deadLetter },
      });
      return {
        KAFKA_BROKERS: cluster.bootstrap,
        KAFKA_TOPIC: topic,
        KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead-letter`,
        REQUEST_BUDGET_MS: '2000',
      };
    },
    /** Cuts the network to every broker until the test ends or the returned function is called. */
    async cutNetwork() {
      const heal = () => Promise.all(proxies.map((proxy) => proxy.pass()));
      onTestFinished(async () => {
        await heal();
      });
      await Promise.all(proxies.map((proxy) => proxy.refuse()));
      return heal;
    },
    /** Limits the produce rate of the receivers, in bytes per second, until the test ends. */
    async limitProducers(bytesPerSecond: number) {
      const port = cluster.brokers[0]?.port ?? 0;
      const limit = (rate: number | null) =>
        setClientQuotas(port, kafkaClientId, { producer_byte_rate: rate });
      onTestFinished(() => limit(null));
      await limit(bytesPerSecond);
    },
    /** Freezes the network to a broker until the test ends. */
    freezeBroker(index: number) {
      onTestFinished(() => proxies[index]?.pass());
      proxies[index]?.freeze();
    },
    /** Kills a broker, which starts again when the test ends. */
    async killBroker(index: number) {
      const broker = cluster.brokers[index];
      onTestFinished(async () => {
        broker?.start();
        await cluster.whenReady();
      });
      await broker?.kill9();
    },
    async stop() {
      await cluster.stop();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
