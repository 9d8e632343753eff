import {
  type FetchedPartition,
  type FetchedPartitions,
  fetchCodec,
  findPartition,
} from '../../wire/fetch-codec.ts';
import { RecordSetReader } from '../../wire/read-record-batches.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { checkErrorCode, KafkaAnswerError, noErrorCode } from '../errors/kafka-answer-error.ts';
import { groupByLeader, type KafkaRoutes } from '../kafka-routes.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { isolationLevels } from './list-offsets.ts';
import type { PartitionCalls } from './partition-calls.ts';

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
function toFetch(
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
    codec: fetchCodec,
  };
}

export interface FetchOptions {
  readonly fromOffset: number;
  readonly maxWaitMs: number;
  /** Bounds what the broker sends, and the records after decompression; one record or batch may exceed it. */
  readonly maxBytes: number;
  /**
   * Called before each attempt, and before what was fetched is read on. The epoch is sent, so that another leader refuses;
   * what it throws ends the read.
   */
  readonly leaderEpoch?: () => Promise<number>;
}

/** What was fetched, and is decompressed part by part. */
export interface OpenFetch {
  readonly of: TopicPartition;
  readonly sets: RecordSetReader;
  readonly endOffset: number;
  readonly byteCount: number;
}

/** Asks until the leader of the partition answers. */
export async function fetchPartition(
  calls: PartitionCalls,
  from: TopicPartition,
  options: FetchOptions,
): Promise<OpenFetch> {
  const { recordSet, abortedTransactions, lastStableOffset } = await calls.read(
    from,
    async () => {
      const { fromOffset, maxWaitMs, maxBytes, leaderEpoch } = options;
      const position = { ...from, offset: fromOffset, leaderEpoch: (await leaderEpoch?.()) ?? -1 };
      const limits = { maxWaitMs, maxBytes, maxBytesEach: maxBytes };
      return toFetch([position], limits);
    },
    (answer) => checkFetched(from, findPartition(answer as FetchedPartitions, from)),
  );
  return {
    of: from,
    sets: new RecordSetReader(toOwnBytes(recordSet), options.fromOffset, abortedTransactions),
    endOffset: lastStableOffset,
    byteCount: recordSet.length,
  };
}

/** A part of an answer with many partitions would keep all of it in memory. */
function toOwnBytes(recordSet: Buffer): Buffer {
  return recordSet.buffer.byteLength > 2 * recordSet.length ? Buffer.from(recordSet) : recordSet;
}

function checkFetched(
  { topic, partition }: TopicPartition,
  fetched: FetchedPartition | undefined,
): FetchedPartition {
  if (fetched === undefined) {
    // A broker that throttles answers so. The connection then waits for as long as the answer says.
    throw new KafkaAnswerError('wait', noErrorCode, `nothing of ${topic}-${partition} in the answer`);
  }
  checkErrorCode(fetched.errorCode, `reading ${topic}-${partition}`, { api: 'Fetch', topic });
  return fetched;
}

export interface FetchedPosition<P extends PartitionPosition> {
  readonly position: P;
  /** May be an error of this partition alone. */
  readonly fetched: FetchedPartition;
}

interface FetchPartitionsDeps {
  readonly calls: PartitionCalls;
  readonly routes: Pick<KafkaRoutes, 'leaderOf'>;
}

/** For all partitions of one broker together. The first may exceed it by one batch, which has to come whole. */
const maxBytes = 1024 * 1024;
const leastBytes = 64 * 1024;

/**
 * Committed records of many partitions: one request for each broker, and memory for one answer of each, however many
 * partitions there are. The first ones of the list come first when an answer is full, so the caller turns the list.
 *
 * @param maxWaitMs for the first record
 * @throws {KafkaAnswerError} when no partition has a leader, or a broker gives no answer
 */
export async function fetchPartitions<P extends PartitionPosition>(
  { calls, routes }: FetchPartitionsDeps,
  positions: readonly P[],
  maxWaitMs: number,
): Promise<readonly FetchedPosition<P>[]> {
  const { groups, problems } = await groupByLeader(routes, positions);
  const lasting = problems.find((each) => !(each instanceof KafkaAnswerError && each.kind === 'reroute'));
  const problem = lasting ?? (groups.length === 0 ? problems[0] : undefined);
  if (problem !== undefined) {
    throw problem;
  }
  const answers = groups.map(async ({ led }) => {
    const maxBytesEach = Math.max(leastBytes, Math.floor(maxBytes / led.length));
    const call = toFetch(led, { maxWaitMs, maxBytes, maxBytesEach });
    const answer = await calls.read(led[0], call, checkAnswer);
    return led.flatMap((position) => {
      const fetched = findPartition(answer, position);
      return fetched === undefined ? [] : [{ position, fetched }];
    });
  });
  return (await Promise.all(answers)).flat();
}

function checkAnswer(answer: unknown): FetchedPartitions {
  const fetched = answer as FetchedPartitions;
  checkErrorCode(fetched.failed?.errorCode ?? 0, 'reading records', { api: 'Fetch' });
  return fetched;
}
