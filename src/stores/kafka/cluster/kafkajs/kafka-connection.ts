import type { WireWriter } from '../../wire/wire-writer.ts';
import type { BrokerAddress } from './broker-address.ts';

/** Kafka API keys of the requests that this project sends, by their kafkajs names. */
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
  /** Overrides the request timeout for requests that the broker delays on purpose. */
  readonly timeoutMs?: number;
  /**
   * Replaces the kafkajs encoding or decoding for one version of a request. If both `write` and `decode` are set,
   * kafkajs need not support that version. In a flexible version (KIP-482), both functions handle the tags of the
   * header.
   */
  readonly codec?: {
    readonly version: number;
    readonly write?: (writer: WireWriter) => void;
  } & (AnswerDecoder | { readonly decode?: undefined });
}

export interface AnswerDecoder {
  readonly decode: (payload: Buffer) => unknown;
  /** Index of the first byte of the throttle time in a response. */
  readonly throttleAt: number;
}

/**
 * A connection to one broker. The connection never reconnects and never retries. After any rejection, the caller
 * discards it and opens a new one.
 */
export interface KafkaConnection {
  readonly address: BrokerAddress;
  /**
   * Connects and authenticates. If connecting fails, the promise rejects within the connection timeout, and the
   * connection has ended.
   */
  connect(): Promise<void>;
  /** Returns false before `connect` and after the connection has ended. */
  isOpen(): boolean;
  /**
   * Returns the time before which nothing may be sent because a quota is exceeded (KIP-219), as a `Clock.now` value.
   */
  throttledUntil(): number;
  /** Returns whether the broker supports this version of a request. Returns false before `connect`. */
  supports(api: keyof typeof kafkaApis, version: number): boolean;
  /** Calls the listener once when either side ends the connection, or immediately if the connection has already ended. */
  onEnd(listener: () => void): void;
  /**
   * Sends a request and returns the decoded response, which may contain error codes. While a quota is exceeded, the
   * request waits, and its timeout starts only when it is sent.
   *
   * @throws ConnectionError if no response arrives; the broker may or may not have processed the request
   */
  call(call: KafkaCall): Promise<unknown>;
  /** Ends the connection immediately. Requests in flight reject. */
  close(): void;
}
