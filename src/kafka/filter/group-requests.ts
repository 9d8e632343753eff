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
import { mostPartitionsOfTopic } from '../wire/limits.ts';

/** One member in one generation of its group. */
export interface Membership {
  readonly memberId: string;
  readonly generationId: number;
  readonly partitions: readonly number[];
}

export interface GroupDeps {
  /** Asks the group's coordinator. */
  readonly ask: (call: KafkaCall) => Promise<unknown>;
  readonly groupId: string;
  readonly topic: string;
  readonly instanceId: string | null;
  readonly sessionTimeoutMs: number;
  readonly countPartitions: () => Promise<number>;
  /** Called as soon as the coordinator gives this process an id: from then on it waits for a member of that id. */
  readonly onMemberId: (memberId: string) => void;
}

const protocolName = 'comapi-revision-filter';
const answerTimeoutMs = 10_000;
const leaveTimeoutMs = 2_000;
/** An answer that does not come is asked for again, over another connection, before the session ends. */
const heartbeatTimeoutsPerSession = 3;
/** Members join again as soon as they hear of a rebalance: the others need not wait long. */
const rebalanceTimeoutMs = 30_000;

/**
 * One round of JoinGroup and SyncGroup.
 *
 * @param memberId empty for a new member
 * @throws {KafkaAnswerError} as the coordinator answers
 */
export async function joinGroup(
  deps: GroupDeps,
  memberId: string,
  owned: readonly number[],
): Promise<Membership> {
  const { ask, groupId, topic, instanceId, sessionTimeoutMs, countPartitions, onMemberId } = deps;
  const join = async (id: string) => {
    const answer = (await ask({
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
    if (answer.errorCode === 0 || answer.errorCode === errorCodes.MEMBER_ID_REQUIRED) {
      onMemberId(answer.memberId);
    }
    return answer;
  };

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
  const { topic: assigned = topic, partitions } = decodeAssignment(synced.memberAssignment);
  if (assigned !== topic) {
    throw new Error(
      `The consumer group ${groupId} reads ${assigned}, this filter ${topic}: give each a group of its own (FILTER_GROUP_ID)`,
    );
  }
  const strange = partitions.find((partition) => partition < 0 || partition >= mostPartitionsOfTopic);
  if (strange !== undefined) {
    throw new RangeError(`The consumer group ${groupId} assigns partition ${strange} of ${topic}`);
  }
  return { memberId: mine, generationId, partitions };
}

/** @throws {KafkaAnswerError} when the coordinator does not take this process for a member of this generation */
export async function sendHeartbeat(
  { ask, groupId, instanceId, sessionTimeoutMs }: GroupDeps,
  { generationId, memberId }: Membership,
): Promise<void> {
  const parameters = { groupId, groupGenerationId: generationId, memberId, groupInstanceId: instanceId };
  const timeoutMs = sessionTimeoutMs / heartbeatTimeoutsPerSession;
  const { errorCode } = (await ask({ api: 'Heartbeat', parameters, timeoutMs })) as WireHeartbeat;
  checkErrorCode(errorCode, 'heartbeat', { api: 'Heartbeat', group: groupId });
}

/** For a member without an instance id: the others take its partitions over at once. */
export async function leaveGroup({ ask, groupId }: GroupDeps, memberId: string): Promise<void> {
  const parameters = { groupId, memberId, groupInstanceId: null };
  await ask({ api: 'LeaveGroup', parameters, timeoutMs: leaveTimeoutMs });
}

function toAssignment({ members }: WireJoined, topic: string, partitionCount: number) {
  const subscribed = members.map(({ memberId, memberMetadata }) => {
    const subscription = decodeSubscription(memberMetadata);
    return { memberId, owned: subscription?.owned ?? [], isHere: (subscription?.topic ?? topic) === topic };
  });
  const assigned = assignPartitions(
    subscribed.filter(({ isHere }) => isHere),
    partitionCount,
  );
  // Who reads another topic is told of this one by its empty assignment.
  return subscribed.map(({ memberId }) => ({
    memberId,
    memberAssignment: encodeAssignment(topic, assigned.get(memberId) ?? []),
  }));
}

interface WireHeartbeat {
  readonly errorCode: number;
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
