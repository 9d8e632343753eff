import type { Random } from '../world/random.ts';

export type DiskTroubles = ReturnType<typeof noTroubles>;

/** What is wrong with a disk at present. */
export function noTroubles() {
  return {
    /** Bytes that its files may take. */
    capacityBytes: Number.POSITIVE_INFINITY,
    /** Of how many syncs, writes and reads fail with EIO, from 0 to 1. */
    failing: { sync: 0, write: 0, read: 0 },
    /** How much longer each call takes. */
    slowness: 1,
    /** No call ends before this virtual time. */
    hangsUntilMs: 0,
    isReadOnly: false,
    /** It is not mounted: no path leads to it, and what is open still works. */
    isAway: false,
  };
}

const longestMs = { sync: 8, other: 2 };

/** How long a call takes: at least one millisecond. */
export function durationOf(isSync: boolean, { slowness }: DiskTroubles, random: Random): number {
  return random.between(1, isSync ? longestMs.sync : longestMs.other) * slowness;
}
