import type { Fault, FaultSpan } from '../scenario.ts';
import { planLifeFaults } from '../sinks/life-faults.ts';
import { withRemoval } from '../sinks/remove-segment.ts';
import type { Random } from '../world/random.ts';
import { partitionCount, type StoreMood } from './spool-store.ts';

const maxFaults = 10;
const moods: readonly StoreMood[] = ['away', 'failing', 'hanging', 'forgetful', 'slow'];
const durationsMs = [20, 500, 5_000, 14_000];

/**
 * Plans faults. Half of the faults affect the store, and half affect the disk or the processes. Some rounds also have
 * one of the planned combinations in `stories`.
 */
export function planSpoolFaults(random: Random, span: FaultSpan): readonly Fault[] {
  const faults = Array.from({ length: random.between(1, maxFaults) }, () =>
    random.chance(0.5) ? [planStoreFault(random, span)] : planLifeFaults(random, span),
  ).flat();
  // This random number is drawn last, so that the faults above stay the same.
  const tell = random.chance(0.5) ? random.pick(stories) : undefined;
  return withRemoval(tell?.(random, faults) ?? faults, random, span);
}

function planStoreFault(random: Random, { fromMs, toMs }: FaultSpan): Fault {
  const atMs = random.between(fromMs, toMs);
  const kind = random.pick([...moods, ...refusals]);
  return { kind, target: 'store', atMs, forMs: random.pick(durationsMs), amount: random.int(partitionCount) };
}

const refusals = ['refuses loudly', 'refuses silently'] as const;
/** Longer than a round, so that the fault heals only at the end of the round. */
const foreverMs = 1_000_000;

/** Combinations of faults that random planning would create only once in thousands of rounds. */
const stories: readonly ((random: Random, faults: readonly Fault[]) => readonly Fault[])[] = [
  /**
   * One partition rejects all records until the end of the round. Records of the other partitions must not be delayed,
   * even across restarts.
   */
  (random) => {
    const kill = { kind: 'kill', target: 'process', forMs: 0 };
    const away = { kind: 'away', target: 'store', forMs: 5_000 };
    return [
      {
        kind: random.pick(refusals),
        target: 'store',
        atMs: random.between(2_000, 15_000),
        forMs: foreverMs,
        amount: random.int(partitionCount),
      },
      ...(random.chance(0.5) ? [{ ...kill, atMs: random.between(20_000, 40_000) }] : []),
      // While the store is unavailable, the spool collects records of all partitions behind the records of the
      // rejecting partition.
      ...(random.chance(0.5) ? [{ ...away, atMs: random.between(20_000, 40_000) }] : []),
    ];
  },
  /** Only the store fails. It hangs for longer than the timeout of an append. No delivery may be rejected. */
  (random, faults) => [
    ...faults.filter(({ target }) => target === 'store'),
    { kind: 'hanging', target: 'store', atMs: random.between(2_000, 45_000), forMs: 14_000 },
  ],
  /** Records are in flight to a hanging or failing store. When the store recovers, the disk is unavailable. */
  (random, faults) => {
    const [atMs, forMs] = [random.between(20_000, 45_000), random.pick([5_000, 14_000])];
    const leavesAtMs = atMs + forMs - random.between(500, 4_000);
    return [
      ...faults,
      { kind: random.pick(['failing', 'hanging']), target: 'store', atMs, forMs },
      { kind: 'away', target: 'disk', atMs: leavesAtMs, forMs: 5_000, amount: 0 },
    ];
  },
  /** A process is frozen until another process has taken over the spool. It resumes while the store is unavailable. */
  (random, faults) => {
    const atMs = random.between(2_000, 35_000);
    const stopped = { target: 'process', forMs: 18_000 };
    return [
      ...faults,
      { ...stopped, kind: 'pause', atMs },
      { ...stopped, kind: 'second', atMs: atMs + random.between(100, 3_000) },
      { kind: 'away', target: 'store', atMs: atMs + random.between(6_000, 16_000), forMs: 14_000 },
    ];
  },
];
