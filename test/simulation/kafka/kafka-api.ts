import type { WireReader } from '../../../src/kafka/wire/wire-reader.ts';
import type { WireWriter } from '../../../src/kafka/wire/wire-writer.ts';
import type { SimulatedBroker, SimulatedCluster } from './simulated-cluster.ts';

export interface KafkaRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string;
  /** Behind the header. */
  readonly body: WireReader;
  readonly broker: SimulatedBroker;
  readonly cluster: SimulatedCluster;
}

/** Sends the answer, now or later; not at all when it is never called. Called once. */
export type Reply = (write: (writer: WireWriter) => void) => void;

/** One request of Kafka's protocol, as the simulated brokers have it. */
export interface KafkaApi {
  readonly key: number;
  readonly versions: { readonly from: number; readonly to: number };
  /** The first version with tagged fields (KIP-482), whose headers have them too. */
  readonly flexibleFrom?: number;
  answer(request: KafkaRequest, reply: Reply): void;
}

export function isFlexible({ flexibleFrom }: KafkaApi, version: number): boolean {
  return flexibleFrom !== undefined && version >= flexibleFrom;
}
