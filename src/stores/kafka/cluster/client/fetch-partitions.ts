import { type FetchedPartition, type FetchedPartitions, findPartition } from '../../wire/fetch-codec.ts';
import { checkErrorCode, KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../kafka-routes.ts';
import { type PartitionPosition, toFetch } from './fetch-call.ts';
import { groupByLeader } from './group-by-leader.ts';
import type { PartitionCalls } from './partition-calls.ts';

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
