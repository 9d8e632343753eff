import type { CircuitSettings } from '../append/circuit.ts';

export interface ProduceSettings {
  /** TCP, TLS, version look-up and authentication together. */
  readonly connectTimeoutMs: number;
  /** From sending a request to its answer. */
  readonly requestTimeoutMs: number;
  /** How long the broker may wait for its followers; under `requestTimeoutMs`, so that its answer comes first. */
  readonly replicationTimeoutMs: number;
  /** Connections to one broker that carry records. A large cluster has more sets of replicas than that. */
  readonly maxLanesPerBroker: number;
  readonly maxFlushRecords: number;
  readonly maxFlushBytes: number;
  readonly retryDelayMs: { readonly first: number; readonly last: number };
  readonly circuit: CircuitSettings;
  /** How often the cluster is asked for its leaders: while all is well, and while something is not. */
  readonly refreshMs: { readonly calm: number; readonly troubled: number; readonly least: number };
  /** A flush that is under way for longer makes the sink look whether leadership has moved. */
  readonly slowFlushMs: number;
  /** A broker that has not described the cluster by then gets company: the next one is asked as well. */
  readonly hedgeMs: number;
  readonly durabilityCheckMs: number;
}

export const defaultProduceSettings: ProduceSettings = {
  connectTimeoutMs: 2000,
  requestTimeoutMs: 3000,
  replicationTimeoutMs: 2500,
  maxLanesPerBroker: 8,
  maxFlushRecords: 1000,
  maxFlushBytes: 900_000,
  retryDelayMs: { first: 50, last: 400 },
  circuit: { openAfterMs: 3000, minFailures: 2, probeDelayMs: { first: 500, last: 2000 } },
  refreshMs: { calm: 10_000, troubled: 500, least: 100 },
  slowFlushMs: 1000,
  hedgeMs: 300,
  durabilityCheckMs: 60_000,
};
