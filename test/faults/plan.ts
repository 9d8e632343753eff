import { createSeededRandom } from '../../src/tools/provider/simulator/seeded-random.ts';
import { abuses } from './abuse/abuses.ts';
import { allBrokersGone, brokerFaults } from './actions/broker-faults.ts';
import { clusterFaults, topicMadeAgain } from './actions/cluster-faults.ts';
import { diskFull } from './actions/disk-full.ts';
import { type Duration, type Fault, pick } from './actions/fault.ts';
import { leaderMoves } from './actions/leader-faults.ts';
import { networkFaults } from './actions/network-faults.ts';
import { endings, secretRotation } from './actions/receiver-faults.ts';

export interface PlannedRound {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly faultMs: Duration;
  readonly requestsPerSecond: number;
}

/** Faults that a round may combine at random. */
const mixable = [
  ...brokerFaults,
  ...networkFaults,
  ...clusterFaults,
  leaderMoves,
  secretRotation,
  ...endings,
  allBrokersGone,
];
const allFaults: readonly Fault[] = [...mixable, topicMadeAgain, diskFull, ...abuses];

/** Default duration of a fault. */
export const usualDuration: Duration = { least: 4_000, most: 8_000 };
const shortDuration: Duration = { least: 3_000, most: 4_000 };

export function exactly(seconds: number): Duration {
  return { least: 1_000 * seconds, most: 1_000 * seconds };
}

/** Number of requests per second. */
export const usualRate = 200;
/** Number of requests per second for faults that lose most events if many requests are in flight. */
const highRate = 400;

export function findFaults(...names: readonly string[]): Fault[] {
  return names.map((name) => {
    const found = allFaults.find((fault) => fault.name.includes(name));
    if (found === undefined) {
      throw new Error(
        `No fault has "${name}" in its name: ${allFaults.map((fault) => fault.name).join('; ')}`,
      );
    }
    return found;
  });
}

/** One round for each kind of fault, except abuses of the receiver, for which separate rounds are planned. */
export function planShort(seed: number): PlannedRound[] {
  const round = (names: readonly string[], requestsPerSecond = usualRate): PlannedRound => ({
    ...{ seed, faults: findFaults(...names), faultMs: shortDuration, requestsPerSecond },
  });
  return [
    round(['leaders move', 'connections cut', 'dropped, connection cut'], highRate),
    round(['kill -9 a broker', 'secret rotated']),
    round(['SIGTERM the receiver', 'freeze a broker', 'slow network']),
    round(['kill -9 the receiver', 'dropped, connection silent']),
    round(['compression.type changes', 'settings skipped', 'too few in sync']),
    round(['topic made again']),
    round(['disk of a broker full']),
  ];
}

/** Random rounds. */
export function planRounds(seed: number, count: number): PlannedRound[] {
  return Array.from({ length: count }, (_, index) => {
    const random = createSeededRandom(seed + index);
    const chosen = new Set<Fault>();
    for (let many = 1 + Math.floor(random() * 3); chosen.size < many; ) {
      const fault = pick(mixable, random);
      if (!endings.includes(fault) || !endings.some((ending) => chosen.has(ending))) {
        chosen.add(fault);
      }
    }
    return {
      ...{ seed: seed + index, faults: [...chosen], faultMs: usualDuration, requestsPerSecond: usualRate },
    };
  });
}

/** One round of one minute for each kind of abuse. */
export function planAbuse(seed: number): PlannedRound[] {
  const faultMs = exactly(60);
  return abuses.map((abuse) => ({ seed, faults: [abuse], faultMs, requestsPerSecond: usualRate }));
}
