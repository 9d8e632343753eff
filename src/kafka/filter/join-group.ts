import { assignPartitions } from '../../revisions/assign-partitions.ts';
import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
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

const protocolName = 'comapi-revision-filter';
const answerTimeoutMs = 10_000;

/**
 * One round of JoinGroup and SyncGroup.
 *
 * @param memberId empty for a new member
 * @throws {KafkaAnswerError} as the coordinator answers
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
  if (joined.errorCode === errorCodes.MEMBER_ID_REQUIRED) {
    joined = await join(joined.memberId);
  }
  checkErrorCode(joined.errorCode, 'joining the group', { api: 'JoinGroup', group: groupId });
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
  checkErrorCode(synced.errorCode, 'receiving the assignment', { api: 'SyncGroup', group: groupId });
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
