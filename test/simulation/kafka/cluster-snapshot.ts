import type { Broker } from './kafka-cluster.ts';
import type { Partition } from './partition.ts';

/** A partition as Metadata describes it. */
export interface PartitionSnapshot {
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

export interface ClusterSnapshot {
  /** Version number that increases with each snapshot from the controller. */
  readonly version: number;
  readonly brokers: readonly Pick<Broker, 'id' | 'host' | 'port'>[];
  readonly topics: ReadonlyMap<
    string,
    { readonly id: string; readonly partitions: readonly PartitionSnapshot[] }
  >;
}

export function toPartitionSnapshot({ leader, log, replicas, inSync }: Partition): PartitionSnapshot {
  return { leader, leaderEpoch: log.leaderEpoch, replicas, inSync: [...inSync] };
}
