import type { KafkaCluster } from '../kafka-cluster.ts';
import type { AnswerWriter, RequestReader } from './broker-wire.ts';

export interface ApiCall {
  readonly cluster: KafkaCluster;
  /** The broker that received the request. */
  readonly broker: number;
  readonly apiKey: number;
  readonly clientId: string;
  /** Name of the client process. Empty if the client is not a simulated process. */
  readonly from: string;
  /** Reader of the request, positioned after the request header. */
  readonly request: RequestReader;
  /** Error that the broker returns instead of executing the request. */
  readonly fault: string | undefined;
  /** Time for which the response asks the client to wait (throttle time). */
  readonly throttleMs: number;
  /** Writes the part of the response that follows the correlation id. Called at most once. */
  readonly answer: (write: (writer: AnswerWriter) => void) => void;
}

/** Handler of one Kafka request, in the single version that this project sends. */
export interface ApiHandler {
  readonly apiKey: number;
  readonly version: number;
  handle(call: ApiCall): void;
}

export function toPartitionName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
