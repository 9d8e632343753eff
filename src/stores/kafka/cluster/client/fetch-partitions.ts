import { type FetchedPartition, type FetchedPartitions, findPartition } from '../../wire/fetch-codec.ts';
import { checkErrorCode, KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../kafka-routes.ts';
import { formatBrokerAddress } from '../kafkajs/broker-address.ts';
import { type PartitionPosition, toFetch } from './fetch-call.ts';
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
  const groups = await groupByLeader(routes, positions);
  const answers = groups.map(async (group) => {
    const maxBytesEach = Math.max(leastBytes, Math.floor(maxBytes / group.length));
    const call = toFetch(group, { maxWaitMs, maxBytes, maxBytesEach }, (all) => all);
    const answer = await calls.read(group[0], call, checkAnswer);
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

function checkAnswer(answer: unknown): FetchedPartitions {
  const fetched = answer as FetchedPartitions;
  checkErrorCode(fetched.failed?.errorCode ?? 0, 'reading records', { api: 'Fetch' });
  return fetched;
}
