import { assignPartitions } from '../../revisions/assign-partitions.ts';
import { formatKafkaError } from '../errors/explain-kafka-error.ts';
import type { KafkaQuestion } from '../errors/kafka-rights.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../wire/consumer-protocol.ts';

/** One member in one generation of its group. */
export interface Membership {
  readonly memberId: string;
  readonly generationId: number;
  readonly partitions: readonly number[];
}

export interface JoinGroupDeps {
  /** Asks the group's coordinator. */
  readonly ask: (call: KafkaCall) => Promise<unknown>;
  readonly groupId: string;
  readonly topic: string;
  readonly instanceId: string | null;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly countPartitions: () => Promise<number>;
}

/** The group's coordinator does not take the request: Kafka's error code says why. */
export class GroupError extends Error {
  readonly errorCode: number;

  constructor(errorCode: number, what: string, asked: KafkaQuestion) {
    super(`${what}: ${formatKafkaError(errorCode, asked)}`);
    this.name = 'GroupError';
    this.errorCode = errorCode;
  }
}

export const groupErrorCodes = {
  coordinatorLoading: 14,
  illegalGeneration: 22,
  unknownMemberId: 25,
  rebalanceInProgress: 27,
  memberIdRequired: 79,
  fencedInstanceId: 82,
} as const;

const protocolName = 'comapi-revision-filter';
const answerTimeoutMs = 10_000;

/**
 * One round of JoinGroup and SyncGroup.
 *
 * @param memberId empty for a new member
 * @throws {GroupError} as the coordinator answers
 */
export async function joinGroup(
  deps: JoinGroupDeps,
  memberId: string,
  owned: readonly number[],
): Promise<Membership> {
  const { ask, groupId, topic, instanceId, sessionTimeoutMs, rebalanceTimeoutMs, countPartitions } = deps;
  const join = async (id: string) =>
    (await ask({
      api: 'JoinGroup',
      parameters: {
        groupId,
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: rebalanceTimeoutMs,
        memberId: id,
        groupInstanceId: instanceId,
        protocolType: 'consumer',
        groupProtocols: [{ name: protocolName, metadata: encodeSubscription({ topic, owned }) }],
      },
      timeoutMs: rebalanceTimeoutMs + answerTimeoutMs,
    })) as WireJoined;

  let joined = await join(memberId);
  if (joined.errorCode === groupErrorCodes.memberIdRequired) {
    joined = await join(joined.memberId);
  }
  checkGroup(joined.errorCode, 'joining the group', { api: 'JoinGroup', group: groupId });
  const isLeader = joined.memberId === joined.leaderId;
  const synced = (await ask({
    api: 'SyncGroup',
    parameters: {
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupInstanceId: instanceId,
      groupAssignment: isLeader ? toAssignment(joined, topic, await countPartitions()) : [],
    },
    timeoutMs: rebalanceTimeoutMs + answerTimeoutMs,
  })) as WireSynced;
  checkGroup(synced.errorCode, 'receiving the assignment', { api: 'SyncGroup', group: groupId });
  const { memberId: mine, generationId } = joined;
  return { memberId: mine, generationId, partitions: decodeAssignment(synced.memberAssignment) };
}

function toAssignment({ members }: WireJoined, topic: string, partitionCount: number) {
  const subscribed = members.map(({ memberId, memberMetadata }) => ({
    memberId,
    owned: decodeSubscription(memberMetadata)?.owned ?? [],
  }));
  return [...assignPartitions(subscribed, partitionCount)].map(([memberId, partitions]) => ({
    memberId,
    memberAssignment: encodeAssignment(topic, partitions),
  }));
}

/** @throws {GroupError} unless the code is 0 */
export function checkGroup(errorCode: number, what: string, asked: KafkaQuestion): void {
  if (errorCode !== 0) {
    throw new GroupError(errorCode, what, asked);
  }
}

interface WireJoined {
  readonly errorCode: number;
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

interface WireSynced {
  readonly errorCode: number;
  readonly memberAssignment: Buffer;
}
