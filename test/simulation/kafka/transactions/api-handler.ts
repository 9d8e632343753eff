import type { KafkaCluster } from '../kafka-cluster.ts';
import type { AnswerWriter, RequestReader } from './broker-wire.ts';

export interface ApiCall {
  readonly cluster: KafkaCluster;
  /** The broker that was asked. */
  readonly broker: number;
  readonly apiKey: number;
  readonly clientId: string;
  /** Name of the process that asks; empty for what is none. */
  readonly from: string;
  /** Of the request, behind its header. */
  readonly request: RequestReader;
  /** An error that the broker answers with instead of doing what it was asked. */
  readonly fault: string | undefined;
  /** For how long the client has to pause; the answer says it. */
  readonly throttleMs: number;
  /** Writes the answer, behind its correlation id. Called once, or never. */
  readonly answer: (write: (writer: AnswerWriter) => void) => void;
}

/** One request of Kafka's protocol in the one version that this project sends. */
export interface ApiHandler {
  readonly apiKey: number;
  readonly version: number;
  handle(call: ApiCall): void;
}

export function toPartitionName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
