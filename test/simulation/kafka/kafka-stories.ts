import type { Fault, FaultSpan } from '../scenario.ts';
import type { Random } from '../world/random.ts';
import { replacedAfterMs } from './kafka-faults.ts';

/** One in so many rounds has one of them. */
const rarity = 2;
/** One in so many has this one, too. */
const clockRarity = 8;
/** Near the end of the others: a connection that is replaced later, or leaders that move, hide what was left behind. */
const lastMs = 5_000;

/** What only several faults together bring about, or one that lasts. */
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
  /** One of them. */
  readonly broker: string;
  readonly atMs: number;
}

/**
 * A broker takes connections and ends each at the first records, as a proxy before a dead listener does: the circuit opens
 * by a request, and the next connection is good.
 */
function cutOffProduce({ random, broker, atMs }: Place): Fault[] {
  return [
    { kind: 'produce cut off', target: broker, atMs, forMs: random.between(4_000, 8_000), amount: 100 },
  ];
}

/** A way to a leader is so slow that a request counts as slow before its answer is there. */
const slowMs = 900;
/** Not earlier: what is refused for three seconds fails. */
const refusedAfterMs = 800;

/**
 * What waited for one slow answer goes out together and is stored. The leaders move before its own answer comes, and the
 * next ones have answered for the same records then. Of the same deliveries others wait for partitions that take nothing.
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

/** Longer than any other fault: a spool has to take everything meanwhile. */
const awayMs = 20_000;
const awayAfterMs = 6_000;
const awayRarity = 6;

/** No broker takes connections. */
function takeAway(brokers: readonly string[], atMs: number, forMs: number): Fault[] {
  return brokers.flatMap((target) => [
    { kind: 'connections refused', target, atMs, forMs },
    { kind: 'connections reset', target, atMs, forMs: 0 },
  ]);
}

const outageMs = 8_000;
/** The circuits are open by then. */
const untilOpenMs = 5_000;

/** Somebody sets the clock back by an hour while no broker takes connections. */
function setClockBack(brokers: readonly string[], atMs: number): Fault[] {
  return [
    ...takeAway(brokers, atMs, outageMs),
    { kind: 'clock set', target: 'receiver-1', atMs: atMs + untilOpenMs, forMs: 0, amount: 0.25 },
  ];
}
