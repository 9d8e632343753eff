import type { BrokerAddress } from './broker-address.ts';

/** The requests that this project makes, by the names of Kafka's protocol. */
export const kafkaApis = {
  Produce: 0,
  Fetch: 1,
  ListOffsets: 2,
  Metadata: 3,
  OffsetFetch: 9,
  GroupCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  LeaveGroup: 13,
  SyncGroup: 14,
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
  /** For requests that the broker holds back on purpose. */
  readonly timeoutMs?: number;
  /**
   * Takes the place of kafkajs's own coding, for this one version of the request. With both ways kafkajs need not know
   * the version. A flexible one (KIP-482) has the tags of its header in what is encoded and decoded here.
   */
  readonly codec?: {
    readonly version: number;
    readonly encode?: () => Buffer;
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
  /** Connects and authenticates. Rejects within the connection timeout. */
  connect(): Promise<void>;
  /** False before `connect` and from the moment that the connection ends. */
  isOpen(): boolean;
  /** Epoch milliseconds before which the broker wants to be sent nothing (KIP-219): a quota is used up. */
  throttledUntil(): number;
  /** Whether the broker has this version of a request; false before `connect`. */
  supports(api: keyof typeof kafkaApis, version: number): boolean;
  /** Called once when the connection ends, by either side. */
  onEnd(listener: () => void): void;
  /**
   * The whole decoded answer, whatever error codes stand in it. A request that the broker wants later is sent later; its
   * time runs from then on.
   *
   * @throws ConnectionError when there is no answer: what was asked may be done or not
   */
  call(call: KafkaCall): Promise<unknown>;
  /** Ends the connection at once. What is under way rejects. */
  close(): void;
}
