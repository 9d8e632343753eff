import type { SimulatedBroker } from './simulated-cluster.ts';
import type { SimulatedPartition } from './simulated-partition.ts';

/** A partition as Metadata describes it. */
export interface PartitionSnapshot {
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

export interface ClusterSnapshot {
  /** Grows with each one that the controller makes. */
  readonly version: number;
  readonly brokers: readonly Pick<SimulatedBroker, 'id' | 'host' | 'port'>[];
  readonly topics: ReadonlyMap<
    string,
    { readonly id: string; readonly partitions: readonly PartitionSnapshot[] }
  >;
}

export function toPartitionSnapshot({
  leader,
  leaderEpoch,
  replicas,
  inSync,
}: SimulatedPartition): PartitionSnapshot {
  return { leader, leaderEpoch, replicas, inSync: [...inSync] };
}
