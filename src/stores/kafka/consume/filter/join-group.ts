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
  const joined = await joinGeneration(deps, memberId, encodeSubscription({ topic, others: [latest], owned }));
  const isLeader = joined.memberId === joined.leaderId;
  const assignment = await syncGeneration(
    deps,
    joined,
    isLeader ? createAssignments(joined, topic, await countPartitions()) : [],
  );
  const { memberId: mine, generationId } = joined;
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
  const subscribed = members.map(({ memberId, memberMetadata }) => {
    const subscription = decodeSubscription(memberMetadata);
    return { memberId, owned: subscription?.owned ?? [], isHere: (subscription?.topic ?? topic) === topic };
  });
  const assigned = assignPartitions(
    subscribed.filter(({ isHere }) => isHere),
    partitionCount,
  );
  // A member with a different topic gets an empty assignment for this topic, which informs the member about the
  // conflict.
  return subscribed.map(({ memberId }) => ({
    memberId,
    memberAssignment: encodeAssignment(topic, assigned.get(memberId) ?? []),
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
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const share = Math.floor(partitionCount / sorted.length);
  let extraPartitions = partitionCount % sorted.length;
  const taken = new Set<number>();
  const assignment = new Map<string, number[]>();
  // Members with the most partitions get the larger shares, so that they can keep their partitions.
  for (const { memberId, owned } of sorted.toSorted((a, b) => b.owned.length - a.owned.length)) {
    const keepablePartitions = owned.filter(
      (partition) => partition < partitionCount && !taken.has(partition),
    );
    const kept = keepablePartitions.slice(
      0,
      share + (extraPartitions > 0 && keepablePartitions.length > share ? 1 : 0),
    );
    extraPartitions -= kept.length > share ? 1 : 0;
    for (const partition of kept) {
      taken.add(partition);
    }
    assignment.set(memberId, kept);
  }
  const free = Array.from({ length: partitionCount }, (_, partition) => partition).filter(
    (partition) => !taken.has(partition),
  );
  for (const { memberId } of sorted) {
    const ownPartitions = assignment.get(memberId) as number[];
    ownPartitions.push(...free.splice(0, Math.max(0, share - ownPartitions.length)));
  }
  for (const { memberId } of sorted) {
    const ownPartitions = assignment.get(memberId) as number[];
    if (ownPartitions.length === share && free.length > 0) {
      ownPartitions.push(...free.splice(0, 1));
    }
  }
  return assignment;
}
