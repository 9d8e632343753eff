/** How long brokers may take. */
export interface ClusterSettings {
  /** TCP, TLS, version look-up and authentication together. */
  readonly connectTimeoutMs: number;
  /** From sending a request to its answer. */
  readonly requestTimeoutMs: number;
  /** When a broker has not described the cluster after this time, the next one is asked as well. */
  readonly hedgeMs: number;
}

/** A delivery can wait for one attempt on a new connection: both together fit into the usual `REQUEST_BUDGET_MS`. */
export const defaultClusterSettings: ClusterSettings = {
  connectTimeoutMs: 2_000,
  requestTimeoutMs: 3_000,
  hedgeMs: 300,
};
