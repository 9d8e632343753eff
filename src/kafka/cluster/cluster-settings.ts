/** How long brokers may take, and how often they are asked. */
export interface ClusterSettings {
  /** TCP, TLS, version look-up and authentication together. */
  readonly connectTimeoutMs: number;
  /** From sending a request to its answer. */
  readonly requestTimeoutMs: number;
  /** How long the broker may wait for its followers; under `requestTimeoutMs`, so that its answer comes first. */
  readonly replicationTimeoutMs: number;
  /** How often the cluster is asked for its leaders: while all is well, and while something is not. */
  readonly refreshMs: { readonly calm: number; readonly troubled: number; readonly least: number };
  /** When a broker has not described the cluster after this time, the next one is asked as well. */
  readonly hedgeMs: number;
}

export const defaultClusterSettings: ClusterSettings = {
  connectTimeoutMs: 2000,
  requestTimeoutMs: 3000,
  replicationTimeoutMs: 2500,
  refreshMs: { calm: 10_000, troubled: 500, least: 100 },
  hedgeMs: 300,
};
