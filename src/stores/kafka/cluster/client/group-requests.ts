import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';

/** What is the same in all that one member asks its group. */
export interface GroupDeps {
  /** Asks the group's coordinator. */
  readonly ask: (call: KafkaCall) => Promise<unknown>;
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  /** Called as soon as the coordinator gives this process an id: from then on it waits for a member of that id. */
  readonly onMemberId: (memberId: string) => void;
}

/** A member in one generation of its group. */
export interface GroupMember {
  readonly memberId: string;
  readonly generationId: number;
}

/** A generation as the coordinator tells it. The leader says what each member gets. */
export interface JoinedGroup extends GroupMember {
  readonly leaderId: string;
  /** For the leader only. */
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

export interface MemberAssignment {
  readonly memberId: string;
  readonly memberAssignment: Buffer;
}

/** Members with another one are no members of the same group: the coordinator refuses them. */
const protocolName = 'comapi-revision-filter';
const answerTimeoutMs = 10_000;
const leaveTimeoutMs = 2_000;
/** An answer that does not come is asked for again, over another connection, before the session ends. */
const heartbeatTimeoutsPerSession = 3;
/** Members join again as soon as they hear of a rebalance: the others need not wait long. */
const rebalanceTimeoutMs = 30_000;

/**
 * @param memberId empty for a new member
 * @throws {KafkaAnswerError} as the coordinator answers
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
 * @param assignments empty from a member that does not lead
 * @returns what this member gets
 * @throws {KafkaAnswerError} as the coordinator answers
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

/** @throws {KafkaAnswerError} when the coordinator does not take this process for a member of this generation */
export async function sendHeartbeat(
  { ask, groupId, sessionTimeoutMs }: GroupDeps,
  { generationId, memberId }: GroupMember,
): Promise<void> {
  const parameters = { groupId, groupGenerationId: generationId, memberId, groupInstanceId: null };
  const timeoutMs = sessionTimeoutMs / heartbeatTimeoutsPerSession;
  const { errorCode } = (await ask({ api: 'Heartbeat', parameters, timeoutMs })) as WireAnswer;
  checkErrorCode(errorCode, 'heartbeat', { api: 'Heartbeat', group: groupId });
}

/** The others take its partitions over at once. */
export async function leaveGroup({ ask, groupId }: GroupDeps, memberId: string): Promise<void> {
  const parameters = { groupId, memberId, groupInstanceId: null };
  await ask({ api: 'LeaveGroup', parameters, timeoutMs: leaveTimeoutMs });
}

interface WireAnswer {
  readonly errorCode: number;
}
