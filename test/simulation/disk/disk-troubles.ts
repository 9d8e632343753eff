import type { Random } from '../world/random.ts';

export type DiskTroubles = ReturnType<typeof noTroubles>;

/** Returns the settings of a disk without faults. */
export function noTroubles() {
  return {
    /** Maximum total size of the files. */
    capacityBytes: Number.POSITIVE_INFINITY,
    /** Probability, from 0 to 1, that a sync, write or read fails with EIO. */
    failing: { sync: 0, write: 0, read: 0 },
    /** Factor by which the duration of every file-system call is multiplied. */
    slowness: 1,
    /** Virtual time before which no file-system call returns. */
    hangsUntilMs: 0,
    isReadOnly: false,
    /** Whether the disk is unmounted. On an unmounted disk, paths do not resolve, but open files still work. */
    isAway: false,
  };
}

const longestMs = { sync: 8, other: 2 };

/** Returns the duration of a file-system call, which is at least one millisecond. */
export function durationOf(isSync: boolean, { slowness }: DiskTroubles, random: Random): number {
  return random.between(1, isSync ? longestMs.sync : longestMs.other) * slowness;
}
