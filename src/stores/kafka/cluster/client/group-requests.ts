import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';

export interface GroupDeps {
  /** Sends a request to the group's coordinator. */
  readonly ask: (call: KafkaCall) => Promise<unknown>;
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  /** Called as soon as the coordinator assigns a member ID, because the group then waits for that member. */
  readonly onMemberId: (memberId: string) => void;
}

export interface GroupMember {
  readonly memberId: string;
  readonly generationId: number;
}

/** A generation of the group as reported by the coordinator. The leader assigns partitions to the members. */
export interface JoinedGroup extends GroupMember {
  readonly leaderId: string;
  /** Group members with their metadata. Empty unless this member is the leader. */
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

export interface MemberAssignment {
  readonly memberId: string;
  readonly memberAssignment: Buffer;
}

/** Protocol of the group. The coordinator rejects members that use a different protocol. */
const protocolName = 'comapi-revision-filter';
const answerTimeoutMs = 10_000;
const leaveTimeoutMs = 2_000;
/**
 * Number of heartbeat timeouts that fit into one session. If a heartbeat times out, it can be repeated over a new
 * connection before the session ends.
 */
const heartbeatTimeoutsPerSession = 3;
/** A short timeout is sufficient, because members rejoin as soon as they are notified of a rebalance. */
const rebalanceTimeoutMs = 30_000;

/**
 * Joins the next generation of the group.
 *
 * @param memberId ID of this member, or an empty string for a new member
 * @throws {KafkaAnswerError} with the error from the coordinator
 */
export async function joinGeneration(
  { ask, groupId, sessionTimeoutMs, onMemberId }: GroupDeps,
  memberId: string,
  metadata: Buffer,
): Promise<JoinedGroup> {
  const joinGroupCall = async (id: string) => {
    const answer = (await ask({
      api: 'JoinGroup',
      parameters: {
        groupId,
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: rebalanceTimeoutMs,
        memberId: id,
        groupInstanceId: null,
        protocolType: 'consumer',
        groupProtocols: [{ name: protocolName, metadata }],
      },
      timeoutMs: rebalanceTimeoutMs + answerTimeoutMs,
    })) as JoinedGroup & WireAnswer;
    if (answer.errorCode === 0 || answer.errorCode === errorCodes.MEMBER_ID_REQUIRED) {
      onMemberId(answer.memberId);
    }
    return answer;
  };

  let joinAnswer = await joinGroupCall(memberId);
  if (joinAnswer.errorCode === errorCodes.MEMBER_ID_REQUIRED) {
    joinAnswer = await joinGroupCall(joinAnswer.memberId);
  }
  checkErrorCode(joinAnswer.errorCode, 'cannot join the consumer group', {
    api: 'JoinGroup',
    group: groupId,
  });
  return joinAnswer;
}

/**
 * Exchanges the partition assignments of a generation.
 *
 * @param assignments empty unless this member is the leader
 * @returns the assignment of this member
 * @throws {KafkaAnswerError} with the error from the coordinator
 */
export async function syncGeneration(
  { ask, groupId }: GroupDeps,
  { memberId, generationId }: GroupMember,
  assignments: readonly MemberAssignment[],
): Promise<Buffer> {
  const syncAnswer = (await ask({
    api: 'SyncGroup',
    parameters: {
      groupId,
      generationId,
      memberId,
      groupInstanceId: null,
      groupAssignment: assignments,
    },
    timeoutMs: rebalanceTimeoutMs + answerTimeoutMs,
  })) as WireAnswer & { readonly memberAssignment: Buffer };
  checkErrorCode(syncAnswer.errorCode, 'cannot receive the partition assignment', {
    api: 'SyncGroup',
    group: groupId,
  });
  return syncAnswer.memberAssignment;
}

/** Sends a heartbeat. @throws {KafkaAnswerError} if this process is no longer a member of the current generation */
export async function sendHeartbeat(
  { ask, groupId, sessionTimeoutMs }: GroupDeps,
  { generationId, memberId }: GroupMember,
): Promise<void> {
  const parameters = { groupId, groupGenerationId: generationId, memberId, groupInstanceId: null };
  const timeoutMs = sessionTimeoutMs / heartbeatTimeoutsPerSession;
  const { errorCode } = (await ask({ api: 'Heartbeat', parameters, timeoutMs })) as WireAnswer;
  checkErrorCode(errorCode, 'the heartbeat failed', { api: 'Heartbeat', group: groupId });
}

/** Leaves the group, so that other members immediately take over the partitions. */
export async function leaveGroup({ ask, groupId }: GroupDeps, memberId: string): Promise<void> {
  const parameters = { groupId, memberId, groupInstanceId: null };
  await ask({ api: 'LeaveGroup', parameters, timeoutMs: leaveTimeoutMs });
}

interface WireAnswer {
  readonly errorCode: number;
}
