import { apiVersions } from '../../wire/api-versions.ts';
import { decodeFetchAnswers, fetchThrottleAt } from '../../wire/fetch-codec.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { isolationLevels } from './list-offsets.ts';

export interface PartitionPosition extends TopicPartition {
  /** Offset of the next record to read. */
  readonly offset: number;
  /** As the reader knows it: another leader refuses. −1, or absent: whoever leads answers. */
  readonly leaderEpoch?: number;
}

interface FetchLimits {
  /** For the first record. */
  readonly maxWaitMs: number;
  /** For all partitions together, and below for each. A batch may exceed it. */
  readonly maxBytes: number;
  readonly maxBytesEach: number;
}

/** How much longer than the requested wait an answer may take. */
const answerTimeoutMs = 10_000;

/** Asks for committed records. The answer is a `FetchedPartitions`. */
export function toFetch(
  positions: readonly PartitionPosition[],
  { maxWaitMs, maxBytes, maxBytesEach }: FetchLimits,
): KafkaCall {
  const topics = [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition, offset, leaderEpoch = -1 }) => ({
      partition,
      currentLeaderEpoch: leaderEpoch,
      fetchOffset: offset,
      maxBytes: maxBytesEach,
    })),
  }));
  return {
    api: 'Fetch',
    parameters: {
      maxWaitTime: maxWaitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: isolationLevels.readCommitted,
      topics,
      rackId: '',
    },
    timeoutMs: maxWaitMs + answerTimeoutMs,
    codec: {
      version: apiVersions.Fetch,
      decode: decodeFetchAnswers,
      throttleAt: fetchThrottleAt,
    },
  };
}
