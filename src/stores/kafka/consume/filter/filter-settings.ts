/** How quickly the filter writes, and how long its group waits for it. */
export interface FilterSettings {
  /** A process that is silent for longer loses its partitions. */
  readonly sessionTimeoutMs: number;
  /** How long single records wait to form a batch. A full one does not wait. */
  readonly commitIntervalMs: number;
  /** After this time the brokers end a transaction. */
  readonly transactionTimeoutMs: number;
}

export const defaultFilterSettings: FilterSettings = {
  sessionTimeoutMs: 30_000,
  commitIntervalMs: 100,
  transactionTimeoutMs: 30_000,
};
