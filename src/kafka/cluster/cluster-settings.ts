import { defaultKafkaTimeouts } from '../../config/kafka-config.ts';
import type { KafkaAccess } from '../kafkajs/kafka-access.ts';

/** How long brokers may take, and how often they are asked. */
export interface ClusterSettings {
  /** TCP, TLS, version look-up and authentication together. */
  readonly connectTimeoutMs: number;
  /** From sending a request to its answer. */
  readonly requestTimeoutMs: number;
  /** How long the broker may wait for its followers; under `requestTimeoutMs`, so that its answer comes first. */
  readonly replicationTimeoutMs: number;
  /** How often the cluster is asked for its leaders. `min`: the shortest time between two questions. */
  readonly refreshMs: { readonly healthy: number; readonly unhealthy: number; readonly min: number };
  /** When a broker has not described the cluster after this time, the next one is asked as well. */
  readonly hedgeMs: number;
}

export const defaultClusterSettings: ClusterSettings = {
  ...defaultKafkaTimeouts,
  replicationTimeoutMs: toReplicationTimeout(defaultKafkaTimeouts.requestTimeoutMs),
  refreshMs: { healthy: 10_000, unhealthy: 500, min: 100 },
  hedgeMs: 300,
};

/** The timeouts that the configuration sets, over those of `settings`. */
export function applyTimeouts<T extends ClusterSettings>(settings: T, access: KafkaAccess): T {
  const { connectTimeoutMs = settings.connectTimeoutMs, requestTimeoutMs } = access;
  return requestTimeoutMs === undefined
    ? { ...settings, connectTimeoutMs }
    : {
        ...settings,
        connectTimeoutMs,
        requestTimeoutMs,
        replicationTimeoutMs: toReplicationTimeout(requestTimeoutMs),
      };
}

function toReplicationTimeout(requestTimeoutMs: number): number {
  return requestTimeoutMs - 500;
}
