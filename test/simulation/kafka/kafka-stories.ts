import type { Fault, FaultSpan } from '../scenario.ts';
import type { Random } from '../world/random.ts';
import { replacedAfterMs } from './kafka-faults.ts';

/** Half of the rounds include a story, which is a planned combination of faults. */
const rarity = 2;
/** One in this many rounds includes the story that changes the clock. */
const clockRarity = 8;
/** A story runs near the end of the fault period, because a later reconnect or leader change would hide its effects. */
const lastMs = 5_000;

/** Plans a combination of faults, or a long fault, that random planning would rarely create. */
export function planKafkaStory(random: Random, span: FaultSpan, brokerCount: number): readonly Fault[] {
  const { fromMs, toMs } = span;
  const brokers = Array.from({ length: brokerCount }, (_, index) => String(index + 1));
  const story = random.int(rarity) === 0 ? planLastStory(random, toMs, brokers) : [];
  const atMs = random.between(fromMs, toMs - outageMs);
  const clockStory = random.int(clockRarity) === 0 ? setClockBack(brokers, atMs) : [];
  const isAway = random.int(awayRarity) === 0;
  return [...story, ...clockStory, ...(isAway ? takeAway(brokers, fromMs + awayAfterMs, awayMs) : [])];
}

function planLastStory(random: Random, toMs: number, brokers: readonly string[]): readonly Fault[] {
  const atMs = random.between(toMs - lastMs, toMs);
  return random.pick([cutOffProduce, overtakeAnswer])({
    random,
    brokers,
    broker: random.pick(brokers),
    atMs,
  });
}

interface Place {
  readonly random: Random;
  readonly brokers: readonly string[];
  /** One of the brokers. */
  readonly broker: string;
  readonly atMs: number;
}

/**
 * A broker accepts connections but closes each one at the first produce request, like a proxy in front of a dead
 * listener. The failed requests open the circuit, although the next connection attempt succeeds.
 */
function cutOffProduce({ random, broker, atMs }: Place): Fault[] {
  return [
    { kind: 'produce cut off', target: broker, atMs, forMs: random.between(4_000, 8_000), amount: 100 },
  ];
}

/** Delay after which a request counts as slow, although its response has not arrived yet. */
const slowMs = 900;
/**
 * Delay before the records are sent. A partition that has rejected records for three seconds counts as failed, so the
 * records must not be sent earlier.
 */
const refusedAfterMs = 800;

/**
 * Sends records that waited for a slow response again, in one request. Before the slow response arrives, the leaders
 * move, and the new leaders acknowledge the same records first. Other records of the same deliveries wait for
 * partitions that reject records.
 */
function overtakeAnswer({ brokers, broker, atMs }: Place): Fault[] {
  const movedMs = atMs + 3 * slowMs + 150;
  const forMs = 8 * slowMs;
  return [
    { kind: 'slow', target: broker, atMs, forMs, amount: slowMs },
    ...brokers.map((target) => {
      return { kind: 'replicas missing', target, atMs: atMs + refusedAfterMs, forMs, amount: 100 };
    }),
    { kind: 'slow leader replaced', target: broker, atMs: movedMs - replacedAfterMs, forMs, amount: slowMs },
  ];
}

/** Longer than any other fault, so that a spool must accept all records during this fault. */
const awayMs = 20_000;
const awayAfterMs = 6_000;
const awayRarity = 6;

/** Makes all brokers unreachable. */
function takeAway(brokers: readonly string[], atMs: number, forMs: number): Fault[] {
  return brokers.flatMap((target) => [
    { kind: 'connections refused', target, atMs, forMs },
    { kind: 'connections reset', target, atMs, forMs: 0 },
  ]);
}

const outageMs = 8_000;
/** Time after which all circuits are open. */
const untilOpenMs = 5_000;

/** Sets the clock back by one hour while no broker is reachable. */
function setClockBack(brokers: readonly string[], atMs: number): Fault[] {
  return [
    ...takeAway(brokers, atMs, outageMs),
    { kind: 'clock set', target: 'receiver-1', atMs: atMs + untilOpenMs, forMs: 0, amount: 0.25 },
  ];
}
