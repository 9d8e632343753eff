import type { Fault, FaultSpan } from '../../scenario.ts';
import type { Random } from '../../world/random.ts';
import { answerFaults } from './answer-faults.ts';
import { conditionFaults } from './condition-faults.ts';
import type { RedisFaultKind } from './fault-kind.ts';
import { networkFaults } from './network-faults.ts';
import { processFaults } from './process-faults.ts';

/** All that goes wrong, by name. */
export const redisFaults: Readonly<Record<string, RedisFaultKind>> = {
  ...networkFaults,
  ...processFaults,
  ...conditionFaults,
  ...answerFaults,
};

/** The faults of a round: few, so that what comes after each is seen, and some beside each other. */
export function planRedisFaults(random: Random, { fromMs, toMs }: FaultSpan): readonly Fault[] {
  const names = Object.keys(redisFaults);
  return Array.from({ length: random.between(1, 5) }, (): Fault => {
    const kind = random.pick(names);
    const { forMs = [0, 0], amount } = redisFaults[kind] ?? {};
    const atMs = random.between(fromMs, toMs);
    return {
      kind,
      target: 'redis',
      atMs,
      forMs: Math.min(random.between(...forMs), toMs - atMs),
      ...(amount !== undefined && { amount: random.between(...amount) }),
    };
  }).toSorted((left, right) => left.atMs - right.atMs);
}

/** One in so many rounds has it. */
const rarity = 8;

/** Somebody sets the clock back by an hour while nothing reaches the server. */
export function planRedisStory(random: Random, { fromMs, toMs }: FaultSpan): readonly Fault[] {
  if (random.int(rarity) > 0) {
    return [];
  }
  const [untilOpenMs, forMs] = [5_000, 8_000];
  const atMs = random.between(fromMs, toMs - forMs);
  return [
    { kind: 'refuse', target: 'redis', atMs, forMs },
    { kind: 'clock set', target: 'receiver-1', atMs: atMs + untilOpenMs, forMs: 0, amount: 0.25 },
  ];
}
