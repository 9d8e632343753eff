import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';

/** What all requests of one group member share. */
export interface GroupDeps {
  /** Sends a request to the group's coordinator. */
  readonly ask: (call: KafkaCall) => Promise<unknown>;
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  /** Called as soon as the coordinator assigns a member id. From then on, the group waits for that member. */
  readonly onMemberId: (memberId: string) => void;
}

/** A member in one generation of its group. */
export interface GroupMember {
  readonly memberId: string;
  readonly generationId: number;
}

/** A generation of the group as reported by the coordinator. The leader assigns partitions to the members. */
export interface JoinedGroup extends GroupMember {
  readonly leaderId: string;
  /** Empty for members other than the leader. */
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

export interface MemberAssignment {
  readonly memberId: string;
  readonly memberAssignment: Buffer;
}

/** Protocol of the group. The coordinator rejects members with another protocol. */
const protocolName = 'comapi-revision-filter';
const answerTimeoutMs = 10_000;
const leaveTimeoutMs = 2_000;
/**
 * Number of heartbeat timeouts per session: a heartbeat can be repeated over another connection before the session
 * ends.
 */
const heartbeatTimeoutsPerSession = 3;
/** Members rejoin as soon as they learn of a rebalance, so a short wait for all of them is enough. */
const rebalanceTimeoutMs = 30_000;

/**
 * Joins the group's next generation.
 *
 * @param memberId empty for a new member
 * @throws {KafkaAnswerError} with the coordinator's error
 */
export async function joinGeneration(
  { ask, groupId, sessionTimeoutMs, onMemberId }: GroupDeps,
  memberId: string,
  metadata: Buffer,
): Promise<JoinedGroup> {
  const join = async (id: string) => {
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

  let joined = await join(memberId);
  if (joined.errorCode === errorCodes.MEMBER_ID_REQUIRED) {
    joined = await join(joined.memberId);
  }
  checkErrorCode(joined.errorCode, 'joining the group', { api: 'JoinGroup', group: groupId });
  return joined;
}

/**
 * Exchanges the assignments of a generation.
 *
 * @param assignments empty unless this member is the leader
 * @returns the assignment of this member
 * @throws {KafkaAnswerError} with the coordinator's error
 */
export async function syncGeneration(
  { ask, groupId }: GroupDeps,
  { memberId, generationId }: GroupMember,
  assignments: readonly MemberAssignment[],
): Promise<Buffer> {
  const synced = (await ask({
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
  checkErrorCode(synced.errorCode, 'receiving the assignment', { api: 'SyncGroup', group: groupId });
  return synced.memberAssignment;
}

/** Sends a heartbeat. @throws {KafkaAnswerError} if this process is no longer a member of this generation */
export async function sendHeartbeat(
  { ask, groupId, sessionTimeoutMs }: GroupDeps,
  { generationId, memberId }: GroupMember,
): Promise<void> {
  const parameters = { groupId, groupGenerationId: generationId, memberId, groupInstanceId: null };
  const timeoutMs = sessionTimeoutMs / heartbeatTimeoutsPerSession;
  const { errorCode } = (await ask({ api: 'Heartbeat', parameters, timeoutMs })) as WireAnswer;
  checkErrorCode(errorCode, 'heartbeat', { api: 'Heartbeat', group: groupId });
}

/** Leaves the group, so that the other members take over the partitions at once. */
export async function leaveGroup({ ask, groupId }: GroupDeps, memberId: string): Promise<void> {
  const parameters = { groupId, memberId, groupInstanceId: null };
  await ask({ api: 'LeaveGroup', parameters, timeoutMs: leaveTimeoutMs });
}

interface WireAnswer {
  readonly errorCode: number;
}
