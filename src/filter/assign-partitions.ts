export interface GroupMember {
  readonly memberId: string;
  /** Partitions that the member already processes, with their state in its memory. */
  readonly owned: readonly number[];
}

/**
 * Spreads the partitions evenly, and moves as few as possible because each move costs a restore. When several members
 * claim a partition, it stays with the one that claims the most partitions, and of equal ones with the first by id.
 */
export function assignPartitions(
  members: readonly GroupMember[],
  partitionCount: number,
): ReadonlyMap<string, readonly number[]> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const share = Math.floor(partitionCount / sorted.length);
  let extra = partitionCount % sorted.length;
  const taken = new Set<number>();
  const assignment = new Map<string, number[]>();
  // Members with the most partitions get the larger shares, so that they keep them.
  for (const { memberId, owned } of sorted.toSorted((a, b) => b.owned.length - a.owned.length)) {
    const mayKeep = owned.filter((partition) => partition < partitionCount && !taken.has(partition));
    const kept = mayKeep.slice(0, share + (extra > 0 && mayKeep.length > share ? 1 : 0));
    extra -= kept.length > share ? 1 : 0;
    for (const partition of kept) {
      taken.add(partition);
    }
    assignment.set(memberId, kept);
  }
  const free = Array.from({ length: partitionCount }, (_, partition) => partition).filter(
    (partition) => !taken.has(partition),
  );
  for (const { memberId } of sorted) {
    const mine = assignment.get(memberId) as number[];
    mine.push(...free.splice(0, Math.max(0, share - mine.length)));
  }
  for (const { memberId } of sorted) {
    const mine = assignment.get(memberId) as number[];
    if (mine.length === share && free.length > 0) {
      mine.push(...free.splice(0, 1));
    }
  }
  return assignment;
}
