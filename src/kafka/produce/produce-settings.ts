import type { CircuitSettings } from '../../append/circuit.ts';
import type { BackoffRange } from '../../runtime/backoff.ts';
import { type ClusterSettings, defaultClusterSettings } from '../cluster/cluster-settings.ts';

export interface ProduceSettings extends ClusterSettings {
  /** Connections to one broker that carry records. A large cluster has more sets of replicas than that. */
  readonly maxLanesPerBroker: number;
  readonly maxFlushRecords: number;
  readonly maxFlushBytes: number;
  readonly retryDelayMs: BackoffRange;
  readonly circuit: CircuitSettings;
  /** A request that is in flight for longer makes the sink ask whether leadership has moved. */
  readonly slowFlushMs: number;
  readonly durabilityCheckMs: number;
}

export const defaultProduceSettings: ProduceSettings = {
  ...defaultClusterSettings,
  maxLanesPerBroker: 8,
  maxFlushRecords: 1000,
  maxFlushBytes: 900_000,
  retryDelayMs: { first: 50, last: 400 },
  circuit: { openAfterMs: 3000, minFailures: 2, probeDelayMs: { first: 500, last: 2000 } },
  slowFlushMs: 1000,
  durabilityCheckMs: 60_000,
};
