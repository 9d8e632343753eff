import type { Random } from '../world/random.ts';

/** What is wrong with a disk at present. */
export interface DiskTroubles {
  /** Bytes that its files may take. */
  capacityBytes: number;
  /** Of how many syncs, writes and reads fail with EIO, from 0 to 1. */
  failing: { sync: number; write: number; read: number };
  /** How much longer each call takes. */
  slowness: number;
  /** No call ends before this virtual time. */
  hangsUntilMs: number;
  isReadOnly: boolean;
  /** It is not mounted: no path leads to it, and what is open still works. */
  isAway: boolean;
}

export function noTroubles(): DiskTroubles {
  return {
    capacityBytes: Number.POSITIVE_INFINITY,
    failing: { sync: 0, write: 0, read: 0 },
    slowness: 1,
    hangsUntilMs: 0,
    isReadOnly: false,
    isAway: false,
  };
}

const longestMs = { sync: 8, other: 2 };

/** How long a call takes: at least one millisecond. */
export function durationOf(isSync: boolean, { slowness }: DiskTroubles, random: Random): number {
  return random.between(1, isSync ? longestMs.sync : longestMs.other) * slowness;
}
