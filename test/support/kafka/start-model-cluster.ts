import { onTestFinished } from 'vitest';
import type { BrokerHooks } from '../../simulation/kafka/broker-session.ts';
import { listenAsModel } from './listen-as-model.ts';

/** Starts brokers of the simulated Kafka over real or simulated sockets of this process. They know each other. */
export async function startModelCluster(brokerCount: number, hooks: BrokerHooks = {}) {
  const { cluster, portOf, stop } = await listenAsModel(brokerCount, hooks);
  onTestFinished(stop);
  for (const broker of cluster.brokers) {
    Object.assign(broker, { host: '127.0.0.1', port: portOf(broker.id) });
  }
  // A new topic makes the brokers learn of each other immediately.
  cluster.addTopic({ name: 'another', partitionCount: 1 });
  const brokers = cluster.brokers.map(({ host, port }) => `${host}:${port}`);
  return { cluster, connection: { brokers } };
}
