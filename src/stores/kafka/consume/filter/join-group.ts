import { assignPartitions } from '../../../../filter/assign-partitions.ts';
import {
  type GroupDeps,
  type GroupMember,
  type JoinedGroup,
  joinGeneration,
  type MemberAssignment,
  syncGeneration,
} from '../../cluster/client/group-requests.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../wire/consumer-protocol.ts';
import { mostPartitionsOfTopic } from '../../wire/limits.ts';

/** One member in one generation of its group. */
export interface Membership extends GroupMember {
  readonly partitions: readonly number[];
}

export interface JoinGroupDeps extends GroupDeps {
  readonly topic: string;
  /** The latest-state topic, in which the group keeps its mark. */
  readonly latest: string;
  readonly countPartitions: () => Promise<number>;
}

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
  const { groupId, topic, latest, countPartitions } = deps;
  const joined = await joinGeneration(deps, memberId, encodeSubscription({ topic, others: [latest], owned }));
  const isLeader = joined.memberId === joined.leaderId;
  const assignment = await syncGeneration(
    deps,
    joined,
    isLeader ? toAssignments(joined, topic, await countPartitions()) : [],
  );
  const { memberId: mine, generationId } = joined;
  const { topic: assigned = topic, partitions } = decodeAssignment(assignment);
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

function toAssignments({ members }: JoinedGroup, topic: string, partitionCount: number): MemberAssignment[] {
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
