import type { CircuitState } from '../../append/circuit.ts';
import type { Verdict } from '../topics/durability-check.ts';
import type { RetryCause } from './produce-failure.ts';

/** Where the Kafka sink reports what it does. Every label is from a closed set, or a broker's node id or a topic's name. */
export interface KafkaSinkMetrics {
  /** A produce request was answered. */
  produced(sample: { broker: number; records: number; bytes: number; durationSeconds: number }): void;
  /** Records go back to their queue for another attempt. */
  retried(cause: RetryCause, records: number): void;
  /** A connection to a broker was thrown away and another one is made. */
  rebuilt(cause: RetryCause): void;
  /** A broker's answer did not say that every batch is stored or why not. */
  answerCheckFailed(): void;
  /** A broker's quota is used up: it wants to be sent no produce request for so long. */
  throttled(broker: number, seconds: number): void;
  circuitChanged(broker: number, state: CircuitState): void;
  /** The broker leads nothing any more: its series ends. */
  brokerForgotten(broker: number): void;
  durabilityChecked(topic: string, verdict: Verdict): void;
  /** Gives the source of the queue's depth, read when metrics are collected. */
  observeQueue(read: () => QueueDepth): void;
}

/** Records that wait for a produce request or for its answer. */
export interface QueueDepth {
  readonly records: number;
  readonly bytes: number;
}
