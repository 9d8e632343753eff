import { createFaultProxy, type FaultProxy } from '../support/kafka/fault-proxy.ts';
import { authorizerConfig } from '../support/kafka/grant-rights.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import type { FaultyKafka } from './actions/fault.ts';

/** Has the rights that it is given; who comes without a password has all, and goes through the proxies. */
export const receiverUser = { username: 'receiver', password: 'only-for-the-rounds' };

/** Replicas that do not answer are out of sync after so long; Kafka's own default is 30 s. */
const replicaLagMs = 5_000;

export async function startFaultyKafka(
  random: () => number,
): Promise<FaultyKafka & { stop(): Promise<void> }> {
  const proxies: FaultProxy[] = [];
  const cluster = await startKafkaCluster({
    nodes: 3,
    sasl: receiverUser,
    brokerConfig: { ...authorizerConfig, 'replica.lag.time.max.ms': String(replicaLagMs) },
    async advertise({ port }) {
      const proxy = await createFaultProxy({ brokerPort: port, random });
      proxies.push(proxy);
      return proxy.address;
    },
  });
  return {
    cluster,
    proxies,
    async stop() {
      await cluster.stop();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
