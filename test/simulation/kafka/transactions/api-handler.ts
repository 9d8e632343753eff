import type { WireReader } from '../../../../src/kafka/wire/wire-reader.ts';
import type { WireWriter } from '../../../../src/kafka/wire/wire-writer.ts';
import type { Coordination } from './coordination.ts';
import type { PartitionLog } from './partition-log.ts';

export interface TopicState {
  readonly name: string;
  /** 32 hexadecimal digits: a topic that is made again has another id. */
  readonly topicId: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly partitions: readonly { readonly log: PartitionLog; readonly leader: number }[];
}

/** What the brokers of a cluster share. */
export interface ClusterState {
  readonly coordination: Coordination;
  /** Of the one user; `undefined` when nobody has to log in. */
  readonly password: string | undefined;
  /** Every broker that the cluster takes for one that lives. */
  listedBrokers(): readonly number[];
  topicOf(name: string): TopicState | undefined;
  /** The broker that leads the partition; `undefined` when none does at present. */
  leaderOf(topic: string, partition: number): number | undefined;
  /** `undefined` when there is no such partition. */
  logOf(topic: string, partition: number): PartitionLog | undefined;
  addressOf(broker: number): { readonly host: string; readonly port: number };
  /** @returns cancels it */
  after(ms: number, run: () => void): () => void;
}

export interface ApiCall {
  readonly cluster: ClusterState;
  /** The broker that was asked. */
  readonly broker: number;
  readonly clientId: string;
  /** Of the request, behind its header. */
  readonly request: WireReader;
  /** An error that the broker answers with instead of doing what it was asked. */
  readonly fault: string | undefined;
  /** For how long the client has to pause; the answer says it. */
  readonly throttleMs: number;
  /** Writes the answer, behind its correlation id. */
  readonly answer: (write: (writer: WireWriter) => void) => void;
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
