import { onTestFinished } from 'vitest';
import type { BrokerHooks } from '../../simulation/kafka/broker-session.ts';
import { listenAsModel } from './listen-as-model.ts';

/** Brokers of the simulation's Kafka over sockets of this process, real or simulated ones. All know of each other. */
export async function startModelCluster(brokerCount: number, hooks: BrokerHooks = {}) {
  const { cluster, portOf, stop } = await listenAsModel(brokerCount, hooks);
  onTestFinished(stop);
  for (const broker of cluster.brokers) {
    Object.assign(broker, { host: '127.0.0.1', port: portOf(broker.id) });
  }
  // With a new topic they hear of each other at once.
  cluster.addTopic({ name: 'another', partitionCount: 1 });
  const brokers = cluster.brokers.map(({ host, port }) => `${host}:${port}`);
  return { cluster, connection: { brokers } };
}
