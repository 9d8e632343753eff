import { defaultKafkaTimeouts } from '../../../config/kafka-config.ts';
import type { KafkaAccess } from './kafkajs/kafka-access.ts';

/** How long brokers may take. */
export interface ClusterSettings {
  /** TCP, TLS, version look-up and authentication together. */
  readonly connectTimeoutMs: number;
  /** From sending a request to its answer. */
  readonly requestTimeoutMs: number;
  /** When a broker has not described the cluster after this time, the next one is asked as well. */
  readonly hedgeMs: number;
}

export const defaultClusterSettings: ClusterSettings = { ...defaultKafkaTimeouts, hedgeMs: 300 };

/** The timeouts that the configuration sets, over those of `settings`. */
export function applyTimeouts<T extends ClusterSettings>(settings: T, access: KafkaAccess): T {
  const { connectTimeoutMs = settings.connectTimeoutMs, requestTimeoutMs = settings.requestTimeoutMs } =
    access;
  return { ...settings, connectTimeoutMs, requestTimeoutMs };
}
