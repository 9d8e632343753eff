import { createFaultProxy, type FaultProxy } from '../support/kafka/fault-proxy.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import type { FaultyKafka } from './actions/fault.ts';

const nodes = 3;
const smallDiskMebibytes = 1_024;

/** Time after which an unresponsive replica counts as out of sync. Kafka's default is 30 s. */
const replicaLagMs = 5_000;

/** @param hasSmallDisk whether the data of the last broker is on a disk that can be filled */
export async function startFaultyKafka(
  random: () => number,
  hasSmallDisk = false,
): Promise<FaultyKafka & { stop(): Promise<void> }> {
  const proxies: FaultProxy[] = [];
  let disk: SmallDisk | undefined;
  const cluster = await startKafkaCluster({
    nodes,
    brokerConfig: { 'replica.lag.time.max.ms': String(replicaLagMs) },
    async mountData(nodeId, directory) {
      if (!hasSmallDisk || nodeId !== nodes) {
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
