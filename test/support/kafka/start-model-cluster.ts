import { onTestFinished } from 'vitest';
import type { BrokerHooks } from '../../simulation/kafka/broker-session.ts';
import { listenAsModel } from './listen-as-model.ts';

/** Starts brokers of the simulated Kafka on real or simulated sockets of this process. The brokers know each other. */
export async function startModelCluster(brokerCount: number, hooks: BrokerHooks = {}) {
  const { cluster, portOf, stop } = await listenAsModel(brokerCount, hooks);
  onTestFinished(stop);
  for (const broker of cluster.brokers) {
    Object.assign(broker, { host: '127.0.0.1', port: portOf(broker.id) });
  }
  // Creating a topic makes the brokers learn about each other immediately.
  cluster.addTopic({ name: 'another', partitionCount: 1 });
  const brokers = cluster.brokers.map(({ host, port }) => `${host}:${port}`);
  return { cluster, connection: { brokers } };
}
