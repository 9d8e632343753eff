import { setTimeout as delay } from 'node:timers/promises';
import { electPreferredLeaders, reorderReplicas } from '../../support/kafka/leader-requests.ts';
import { type Fault, type FaultContext, pick } from './fault.ts';

const betweenMovesMs = 150;

/** Elects a random leader for every partition several times per second. */
export const leaderMoves: Fault = {
  name: 'leaders move',
  async run(context, durationMs) {
    for (const end = Date.now() + durationMs; Date.now() < end; await delay(betweenMovesMs)) {
      // If another fault has stopped a broker or made it out of sync, the broker cannot lead or respond, so errors are
      // ignored.
      await moveAll(context).catch(() => undefined);
    }
  },
};

async function moveAll({ cluster, topic, partitionCount, random }: FaultContext): Promise<void> {
  const ports = cluster.internalBootstrap.split(',').map((address) => Number(address.split(':')[1]));
  const port = pick(
    ports.filter((_, index) => cluster.brokers[index]?.isRunning()),
    random,
  );
  const nodeIds = cluster.brokers.map((broker) => broker.nodeId);
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
  const replicas = new Map(
    partitions.map((partition) => {
      const first = Math.floor(random() * nodeIds.length);
      return [partition, [...nodeIds.slice(first), ...nodeIds.slice(0, first)]] as const;
    }),
  );
  await reorderReplicas(port, topic, replicas);
  await electPreferredLeaders(port, topic, partitions);
}
