import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import type { PartitionAnswer, ProduceBatch } from '../wire/produce-batch.ts';
import type { ClusterView } from './cluster-view.ts';

/**
 * One connection to one broker. It speaks to that broker only, never reconnects and never retries: after any failure
 * the caller throws it away and makes another.
 */
export interface BrokerLink {
  readonly address: BrokerAddress;
  /** Connects and authenticates. Rejects within the connection timeout. */
  connect(): Promise<void>;
  /** False before `connect` and from the moment that the connection ends. */
  isOpen(): boolean;
  /** Epoch milliseconds before which the broker wants to be sent nothing: a quota is used up. */
  throttledUntil(): number;
  /** Called once when the connection ends, by either side. */
  onEnd(listener: () => void): void;
  /**
   * Sends one produce request and gives back the answer for each partition, good or bad. Rejects when there is no
   * answer: the records may be stored or not.
   */
  produce(batches: readonly ProduceBatch[]): Promise<readonly PartitionAnswer[]>;
  /** What this broker believes of the cluster and of these topics. */
  describeCluster(topics: readonly string[]): Promise<ClusterView>;
  /** The effective settings of a topic, as far as the broker reports them; `undefined` when it does not exist or they may not be read. */
  describeTopic(topic: string): Promise<ReadonlyMap<string, string> | undefined>;
  /** Ends the connection at once. What is under way rejects. */
  close(): void;
}

export type OpenBrokerLink = (address: BrokerAddress) => BrokerLink;
