/**
 * The versions of requests that are written or read here. kafkajs chooses those of all others: the highest that it and the
 * broker know.
 *
 * @see https://kafka.apache.org/protocol#protocol_api_keys
 */
export const apiVersions = {
  /** The highest of kafkajs, which reads the answers; 3 to 6 are the same. */
  Produce: 7,
  /** The highest without flexible fields (KIP-482). */
  Fetch: 11,
  /** The first with the ids of topics (KIP-516); it has the epochs of leaders too (KIP-320). kafkajs ends at 6. */
  Metadata: 10,
  /** The first for which the right to describe the topic is enough (KIP-320). kafkajs has none. */
  OffsetForLeaderEpoch: 3,
} as const;
