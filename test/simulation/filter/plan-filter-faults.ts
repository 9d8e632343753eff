import type { Fault, FaultSpan } from '../scenario.ts';
import type { Random } from '../world/random.ts';

interface Length {
  readonly forMs: number;
  readonly amount: number;
}

const outages = [200, 2_000, 8_000, 20_000];
const day = 86_400_000;

function atOnce(random: Random): Length {
  return { forMs: 0, amount: random.between(1, 100) };
}

function outage(random: Random): Length {
  return { forMs: random.pick(outages), amount: random.between(1, 100) };
}

function down(random: Random): Length {
  return { forMs: random.pick([1, 500, 5_000, 20_000]), amount: 0 };
}

function madeAgain(random: Random): Length {
  return { forMs: random.pick([1, 300, 4_000]), amount: 0 };
}

/** Faults of brokers in filter rounds. The names are those of the corresponding faults in Kafka rounds. */
const brokerKinds = {
  'broker killed': (random) => ({ forMs: random.pick([500, 3_000, 10_000, 25_000]), amount: 0 }),
  'broker frozen': outage,
  slow: (random) => ({ forMs: random.between(1_000, 15_000), amount: random.pick([20, 200, 1_500, 6_000]) }),
  'connections refused': outage,
  'leaders moved': atOnce,
  'connections reset': atOnce,
  'connections ended': atOnce,
  'connections silenced': atOnce,
  'cut after bytes': (random) => ({
    forMs: 5_000,
    amount: random.pick([1, 20, 100, 500, 2_000, 10_000]) + random.int(50),
  }),
  'answers skipped': outage,
} satisfies Record<string, (random: Random) => Length>;

/** Duration of each kind of fault, and its amount in percent or milliseconds. */
const filterKinds = {
  'group moved': atOnce,
  'transactions moved': atOnce,
  errors: (random) => ({ forMs: random.pick([50, 500, 5_000, 15_000]), amount: random.between(5, 100) }),
  'strange answers': (random) => ({ forMs: random.pick([200, 2_000, 8_000]), amount: random.between(1, 60) }),
  pauses: (random) => ({ forMs: random.between(200, 10_000), amount: 30 }),
  'password file empty': outage,
  'password file gone': outage,
  'logins refused': outage,
  'filter killed': down,
  'filter stopped': down,
  'second filter': (random) => ({ forMs: random.between(500, 25_000), amount: 0 }),
  'clock moved': (random) => ({
    forMs: random.between(500, 20_000),
    amount: random.pick([-day, -60_000, -2_000, 2_000, 3_600_000, day]),
  }),
} satisfies Record<string, (random: Random) => Length>;

/** Faults after which a log or an offset no longer matches what the filter last saw. */
const resetKinds = {
  'events made again': madeAgain,
  'events cut back': atOnce,
  'events expired': atOnce,
  'states made again': madeAgain,
  'states cut back': atOnce,
  'offset set': atOnce,
  'offset lost': atOnce,
} satisfies Record<string, (random: Random) => Length>;

/** Combinations of faults that random planning almost never creates. */
const stories = {
  'stopped while it joins': down,
  'restored from empty answers': (random) => ({
    forMs: random.pick([8_000, 20_000]),
    amount: random.pick([50, 80, 95]),
  }),
} satisfies Record<string, (random: Random) => Length>;

const ordinaryKinds = { ...brokerKinds, ...filterKinds };
const allKinds = { ...ordinaryKinds, ...resetKinds };

export type FilterFaultKind = keyof typeof filterKinds | keyof typeof resetKinds | keyof typeof stories;

export function isReset({ kind }: Fault): boolean {
  return kind in resetKinds;
}

/**
 * Plans only a few faults for most rounds, because a single fault reveals more than many simultaneous faults. Some
 * rounds have bursts of faults.
 */
export function planFilterFaults(random: Random, { fromMs, toMs }: FaultSpan): readonly Fault[] {
  const count = random.pick([1, 2, 3, 4, 6, 9]);
  const isBurst = random.chance(0.3);
  const hasResets = random.chance(0.25);
  const kinds = Object.keys(hasResets ? allKinds : ordinaryKinds) as (keyof typeof allKinds)[];
  const aroundMs = random.between(fromMs, toMs);
  const faults = Array.from({ length: count }, (): Fault => {
    const kind = random.pick(kinds);
    const atMs = isBurst ? Math.min(toMs, aroundMs + random.between(0, 1_500)) : random.between(fromMs, toMs);
    return { kind, target: toTarget(kind, random), ...allKinds[kind](random), atMs };
  });
  return [...faults, ...planRare(random, { fromMs, toMs }, hasResets ? cutBacks : [])].toSorted(
    (a, b) => a.atMs - b.atMs,
  );
}

const cutBacks = ['events cut back', 'states cut back'] as const;

/** Plans a rare fault. Its random numbers are drawn last, so that the other faults of a seed stay the same. */
function planRare(
  random: Random,
  { fromMs, toMs }: FaultSpan,
  resets: readonly (typeof cutBacks)[number][],
): readonly Fault[] {
  const kinds: (keyof typeof resetKinds | keyof typeof stories)[] = [];
  if (random.chance(0.1)) {
    kinds.push('stopped while it joins');
  }
  if (resets.length > 0 && random.chance(0.5)) {
    kinds.push(random.pick(resets));
  }
  if (random.chance(0.15)) {
    kinds.push('restored from empty answers');
  }
  return kinds.map((kind) => ({
    ...{ kind, target: toTarget(kind, random), atMs: random.between(fromMs, toMs) },
    ...{ ...allKinds, ...stories }[kind](random),
  }));
}

/**
 * Plans a combination of faults. Its random numbers are drawn last, so that the other faults of a seed stay the same.
 * If the clock is set back by a day, code that uses the wall clock waits for a day.
 */
export function planFilterStory(random: Random, { fromMs, toMs }: FaultSpan): readonly Fault[] {
  const atMs = random.between(fromMs, toMs);
  return random.chance(0.1)
    ? [
        { kind: 'clock moved', target: '0', atMs, forMs: 4_000, amount: day },
        { kind: 'pauses', target: '0', atMs, forMs: 8_000, amount: 60 },
      ]
    : [];
}

/**
 * Returns a target: a replica of the filter, a broker, or a partition. The number in the target may exceed the number
 * of existing targets.
 */
function toTarget(kind: string, random: Random): string {
  if (kind === 'second filter') {
    return 'filter-2';
  }
  return kind === 'filter killed' || kind === 'filter stopped' || kind in stories
    ? `filter-${random.between(1, 2)}`
    : String(kind in brokerKinds ? random.between(1, 3) : random.int(12));
}
