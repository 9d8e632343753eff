import type { WireWriter } from '../../wire/wire-writer.ts';
import type { BrokerAddress } from './broker-address.ts';

/** The requests that this project makes, by the names of Kafka's protocol. */
export const kafkaApis = {
  Produce: 0,
  Fetch: 1,
  ListOffsets: 2,
  Metadata: 3,
  OffsetCommit: 8,
  OffsetFetch: 9,
  GroupCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  LeaveGroup: 13,
  SyncGroup: 14,
  CreateTopics: 19,
  InitProducerId: 22,
  OffsetForLeaderEpoch: 23,
  AddPartitionsToTxn: 24,
  AddOffsetsToTxn: 25,
  EndTxn: 26,
  TxnOffsetCommit: 28,
  DescribeConfigs: 32,
} as const;

export interface KafkaCall {
  readonly api: keyof typeof kafkaApis;
  readonly parameters: object;
  /** For requests that the broker answers late on purpose. */
  readonly timeoutMs?: number;
  /**
   * Replaces kafkajs's own encoding or decoding, for this one version of the request. With `write` and `decode` kafkajs
   * need not know the version. In a flexible version (KIP-482) both include the tags of the header.
   */
  readonly codec?: {
    readonly version: number;
    readonly write?: (writer: WireWriter) => void;
  } & (AnswerDecoder | { readonly decode?: undefined });
}

export interface AnswerDecoder {
  readonly decode: (payload: Buffer) => unknown;
  /** Where the throttle time stands in an answer: index of its first byte. */
  readonly throttleAt: number;
}

/**
 * One connection to one broker. It never reconnects and never retries: after any rejection the caller throws it away
 * and makes another.
 */
export interface KafkaConnection {
  readonly address: BrokerAddress;
  /** Connects and authenticates. Rejects within the connection timeout; the connection has ended then. */
  connect(): Promise<void>;
  /** False before `connect` and from the moment that the connection ends. */
  isOpen(): boolean;
  /** The `Clock.now` before which nothing may be sent, because a quota is used up (KIP-219). */
  throttledUntil(): number;
  /** Whether the broker has this version of a request; false before `connect`. */
  supports(api: keyof typeof kafkaApis, version: number): boolean;
  /** Called once when the connection ends, by either side; at once when it has ended already. */
  onEnd(listener: () => void): void;
  /**
   * The whole decoded answer, with whatever error codes it has. While a quota is used up the request waits; its timeout
   * begins when it is sent.
   *
   * @throws ConnectionError when there is no answer: the request may have been carried out or not
   */
  call(call: KafkaCall): Promise<unknown>;
  /** Ends the connection at once. What is under way rejects. */
  close(): void;
}
