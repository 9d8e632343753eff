import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { defaultLaneSettings, type LaneSettings } from '../../append/lane-store.ts';
import type { QueuedBatch } from '../../append/partition-queue.ts';
import { type ClusterSettings, defaultClusterSettings } from '../cluster/broker-connection.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import type { PartitionAnswer } from './produce-connection.ts';

/** A slow request makes the sink ask whether leadership has moved. */
export interface ProduceSettings extends ClusterSettings, LaneSettings {
  /** Connections to one broker that carry records. A large cluster has more sets of replicas than that. */
  readonly maxLanesPerBroker: number;
  /** How often the cluster is asked for its leaders. `min`: the shortest time between two questions. */
  readonly refreshMs: { readonly healthy: number; readonly unhealthy: number; readonly min: number };
  readonly durabilityCheckMs: number;
}

export const defaultProduceSettings: ProduceSettings = {
  ...defaultClusterSettings,
  ...defaultLaneSettings,
  maxLanesPerBroker: 8,
  refreshMs: { healthy: 10_000, unhealthy: 500, min: 100 },
  durabilityCheckMs: 60_000,
};

/** What every part of the way to a broker is given. */
export interface ProduceDeps {
  readonly settings: ProduceSettings;
  readonly clock: Clock;
  readonly metrics: KafkaSinkMetrics;
  readonly logger: Logger;
  /** Something failed that a move of leadership could explain: asks for a new view of the cluster soon. */
  readonly refreshView: () => void;
  /** Whether records are taken may have changed. */
  readonly onChange: () => void;
  /** Hears what a broker has answered, to read some of it back. */
  readonly sampleAnswer?: SampleAnswer | undefined;
}

export type SampleAnswer = (batches: readonly QueuedBatch[], answer: readonly PartitionAnswer[]) => void;
