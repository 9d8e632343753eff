import type { KafkaRoutes } from '../cluster/kafka-routes.ts';
import { checkErrorCode, KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import { formatBrokerAddress } from '../kafkajs/broker-address.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { apiVersions } from '../wire/api-versions.ts';
import {
  decodeFetchAnswers,
  type FetchedPartition,
  type FetchedPartitions,
  fetchThrottleAt,
  findPartition,
} from '../wire/fetch-codec.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { isolationLevels } from './list-offsets.ts';
import type { PartitionCalls } from './partition-calls.ts';

export interface PartitionPosition extends TopicPartition {
  /** Of the next record to read. */
  readonly offset: number;
  /** As the reader knows it: another leader refuses. −1, or absent: whoever leads answers. */
  readonly leaderEpoch?: number;
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

/** Of all partitions of one broker together. Its first partition may exceed it by one batch, which has to come whole. */
const maxBytes = 1024 * 1024;
const leastBytes = 64 * 1024;
/** How much longer than the wait an answer may take. */
const answerTimeoutMs = 10_000;

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
  const groups = await groupByLeader(routes, positions);
  const answers = groups.map(async (group) => {
    const answer = await calls.read(group[0], toFetch(group, maxWaitMs), checkAnswer);
    return group.flatMap((position) => {
      const fetched = findPartition(answer, position);
      return fetched === undefined ? [] : [{ position, fetched }];
    });
  });
  return (await Promise.all(answers)).flat();
}

/** One without a leader holds up no other. */
async function groupByLeader<P extends PartitionPosition>(
  routes: FetchPartitionsDeps['routes'],
  positions: readonly P[],
): Promise<(readonly [P, ...P[]])[]> {
  const groups = new Map<string, [P, ...P[]]>();
  let failure: unknown;
  for (const position of positions) {
    try {
      const leader = formatBrokerAddress(await routes.leaderOf(position.topic, position.partition));
      const group = groups.get(leader);
      if (group === undefined) {
        groups.set(leader, [position]);
      } else {
        group.push(position);
      }
    } catch (error) {
      if (!(error instanceof KafkaAnswerError && error.kind === 'reroute')) {
        throw error;
      }
      failure = error;
    }
  }
  if (groups.size === 0 && failure !== undefined) {
    throw failure;
  }
  return [...groups.values()];
}

function toFetch(positions: readonly PartitionPosition[], maxWaitMs: number): KafkaCall {
  const share = Math.max(leastBytes, Math.floor(maxBytes / positions.length));
  const topics = [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition, offset, leaderEpoch = -1 }) => ({
      partition,
      currentLeaderEpoch: leaderEpoch,
      fetchOffset: offset,
      maxBytes: share,
    })),
  }));
  return {
    api: 'Fetch',
    parameters: {
      maxWaitTime: maxWaitMs,
      minBytes: 1,
      maxBytes,
      topics,
      rackId: '',
      isolationLevel: isolationLevels.readCommitted,
    },
    timeoutMs: maxWaitMs + answerTimeoutMs,
    codec: {
      version: apiVersions.Fetch,
      decode: (payload) => decodeFetchAnswers(payload, positions.length),
      throttleAt: fetchThrottleAt,
    },
  };
}

function checkAnswer(answer: unknown): FetchedPartitions {
  const fetched = answer as FetchedPartitions;
  checkErrorCode(fetched.failed?.errorCode ?? 0, 'reading records', { api: 'Fetch' });
  return fetched;
}
