import { createFaultProxy, type FaultProxy } from '../support/kafka/fault-proxy.ts';
import { authorizerConfig } from '../support/kafka/grant-rights.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import type { FaultyKafka } from './actions/fault.ts';
import { createSmallDisk, type SmallDisk } from './journal/small-disk.ts';

/** Has the rights that it is given; who comes without a password has all, and goes through the proxies. */
export const receiverUser = { username: 'receiver', password: 'only-for-the-rounds' };

const nodes = 3;
const smallDiskMebibytes = 1_024;

/** What some faults need, and the others do better without. */
export interface FaultyKafkaOptions {
  /** The last broker's data is on a disk that can be filled. */
  readonly smallDisk: boolean;
  /**
   * `receiverUser` may log in, with rights of its own. Two of three brokers with an authorizer that are started again
   * at the same time do not always find each other.
   */
  readonly login: boolean;
}

/** Replicas that do not answer are out of sync after so long; Kafka's own default is 30 s. */
const replicaLagMs = 5_000;

export async function startFaultyKafka(
  random: () => number,
  { smallDisk, login }: FaultyKafkaOptions = { smallDisk: false, login: false },
): Promise<FaultyKafka & { stop(): Promise<void> }> {
  const proxies: FaultProxy[] = [];
  let disk: SmallDisk | undefined;
  const cluster = await startKafkaCluster({
    nodes,
    ...(login && { sasl: receiverUser }),
    brokerConfig: { ...(login && authorizerConfig), 'replica.lag.time.max.ms': String(replicaLagMs) },
    async mountData(nodeId, directory) {
      if (!smallDisk || nodeId !== nodes) {
        return undefined;
      }
      disk = await createSmallDisk(directory, smallDiskMebibytes);
      return disk;
    },
    async advertise({ port }) {
      const proxy = await createFaultProxy({ brokerPort: port, random });
      proxies.push(proxy);
      return proxy.address;
    },
  });
  return {
    cluster,
    proxies,
    disk,
    async stop() {
      await cluster.stop();
      disk?.close();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
