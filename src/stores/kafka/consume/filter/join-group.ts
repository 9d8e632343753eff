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

/** A member in one generation of its group, with its assigned partitions. */
export interface Membership extends GroupMember {
  readonly partitions: readonly number[];
}

export interface JoinGroupDeps extends GroupDeps {
  readonly topics: {
    readonly events: string;
    /**
     * The latest-state topic. The group commits an offset in it, whose metadata is the second copy of the mark (see
     * `find-start.ts`).
     */
    readonly latest: string;
  };
  readonly countPartitions: () => Promise<number>;
}

/**
 * Performs one round of JoinGroup and SyncGroup.
 *
 * @param memberId ID of this member, or an empty string for a new member
 * @throws {KafkaAnswerError} with the error from the coordinator
 */
export async function joinGroup(
  deps: JoinGroupDeps,
  memberId: string,
  owned: readonly number[],
): Promise<Membership> {
  const { groupId, topics, countPartitions } = deps;
  const { events: topic, latest } = topics;
  const joinedGroup = await joinGeneration(
    deps,
    memberId,
    encodeSubscription({ topic, others: [latest], owned }),
  );
  const isLeader = joinedGroup.memberId === joinedGroup.leaderId;
  const assignment = await syncGeneration(
    deps,
    joinedGroup,
    isLeader ? createAssignments(joinedGroup, topic, await countPartitions()) : [],
  );
  const { memberId: mine, generationId } = joinedGroup;
  const { topic: assigned = topic, partitions } = decodeAssignment(assignment);
  if (assigned !== topic) {
    throw new Error(
      `The consumer group ${groupId} reads the topic ${assigned}, but this filter reads ${topic}: filters of different topics cannot share a group. Set a different FILTER_GROUP_ID for one of the filters`,
    );
  }
  return { memberId: mine, generationId, partitions };
}

function createAssignments(
  { members }: JoinedGroup,
  topic: string,
  partitionCount: number,
): MemberAssignment[] {
  const subscribedMembers = members.map(({ memberId, memberMetadata }) => {
    const subscription = decodeSubscription(memberMetadata);
    return { memberId, owned: subscription?.owned ?? [], isHere: (subscription?.topic ?? topic) === topic };
  });
  const assignedPartitions = assignPartitions(
    subscribedMembers.filter(({ isHere }) => isHere),
    partitionCount,
  );
  // A member with a different topic gets an empty assignment for this topic, which informs the member about the
  // conflict.
  return subscribedMembers.map(({ memberId }) => ({
    memberId,
    memberAssignment: encodeAssignment(topic, assignedPartitions.get(memberId) ?? []),
  }));
}

interface AssignableMember {
  readonly memberId: string;
  /** Partitions that the member already processes and whose state it holds in memory. */
  readonly owned: readonly number[];
}

/**
 * Distributes the partitions evenly and moves as few as possible, because a new owner must restore the state. If
 * several members claim a partition, the member with the most claimed partitions keeps it. If there is a tie, the
 * member with the lowest ID keeps it.
 */
export function assignPartitions(
  members: readonly AssignableMember[],
  partitionCount: number,
): ReadonlyMap<string, readonly number[]> {
  const sortedMembers = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const partitionsPerMember = Math.floor(partitionCount / sortedMembers.length);
  let remainingPartitions = partitionCount % sortedMembers.length;
  const takenPartitions = new Set<number>();
  const assignment = new Map<string, number[]>();
  // Members with the most partitions get the larger shares, so that they can keep their partitions.
  for (const { memberId, owned } of sortedMembers.toSorted((a, b) => b.owned.length - a.owned.length)) {
    const validOwnedPartitions = owned.filter(
      (partition) => partition < partitionCount && !takenPartitions.has(partition),
    );
    const keptPartitions = validOwnedPartitions.slice(
      0,
      partitionsPerMember +
        (remainingPartitions > 0 && validOwnedPartitions.length > partitionsPerMember ? 1 : 0),
    );
    remainingPartitions -= keptPartitions.length > partitionsPerMember ? 1 : 0;
    for (const partition of keptPartitions) {
      takenPartitions.add(partition);
    }
    assignment.set(memberId, keptPartitions);
  }
  const unassignedPartitions = Array.from({ length: partitionCount }, (_, partition) => partition).filter(
    (partition) => !takenPartitions.has(partition),
  );
  for (const { memberId } of sortedMembers) {
    const memberPartitions = assignment.get(memberId) as number[];
    memberPartitions.push(
      ...unassignedPartitions.splice(0, Math.max(0, partitionsPerMember - memberPartitions.length)),
    );
  }
  for (const { memberId } of sortedMembers) {
    const memberPartitions = assignment.get(memberId) as number[];
    if (memberPartitions.length === partitionsPerMember && unassignedPartitions.length > 0) {
      memberPartitions.push(...unassignedPartitions.splice(0, 1));
    }
  }
  return assignment;
}
