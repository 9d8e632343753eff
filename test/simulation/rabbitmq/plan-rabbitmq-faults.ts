import { lastingMs } from '../faults/schedule-faults.ts';
import type { Fault, FaultSpan } from '../scenario.ts';
import type { Random } from '../world/random.ts';
import { troubles } from './trouble.ts';

export const nodeAddresses = ['rabbit-1:5672', 'rabbit-2:5672', 'rabbit-3:5672'] as const;
/** Target name of a fault that affects all nodes or queues. */
export const all = 'all';

/** Names of the responses of a node, from the first response of a connection to the last response for a message. */
export const answers = [
  ...['ConnectionStart', 'ConnectionTune', 'ConnectionOpenOk', 'ChannelOpenOk', 'ConfirmSelectOk'],
  ...['QueueDeclareOk', 'ExchangeDeclareOk', 'ChannelCloseOk', 'ConnectionBlocked', 'ConnectionUnblocked'],
  ...['BasicAck', 'BasicNack', 'BasicReturn', 'ConnectionCloseOk'],
] as const;

const networkFaults = ['cut', 'cut in the middle', 'freeze', 'refuse', 'slow'] as const;
const nodeFaults = ['kill', 'stop'] as const;
const brokerFaults = [
  'alarm',
  'records rejected',
  'login refused',
  'virtual host refused',
  'writing refused',
] as const;
/** A kind that is listed twice is chosen more often. Keep the number of entries, because the corpus seeds depend on it. */
const queueFaults = ['full', 'without majority', 'missing', 'slow disk', 'unbound', 'full'] as const;
const answerFaults = [...troubles.slice(0, 10), 'late' as const, ...troubles.slice(10)].map(
  (trouble) => `answer ${trouble}` as const,
);

/** Weight of each group of faults. */
const groups = [
  ...[networkFaults, networkFaults, networkFaults, nodeFaults, nodeFaults],
  ...[answerFaults, answerFaults, answerFaults, brokerFaults, queueFaults, queueFaults],
] as const;

/** Durations of faults: too short to be detected, as long as a timeout, or so long that a client gives up. */
const durations = [
  { from: 1, to: 300 },
  { from: 300, to: 4_000 },
  { from: 4_000, to: 15_000 },
] as const;

export function planRabbitMqFaults(random: Random, { fromMs, toMs }: FaultSpan): readonly Fault[] {
  const faults = Array.from({ length: random.between(1, 8) }, (): Fault => {
    const { from, to } = random.pick(durations);
    return {
      kind: random.pick<string>(random.pick<readonly string[]>(groups)),
      target: random.chance(0.5) ? all : random.pick(nodeAddresses),
      atMs: random.between(fromMs, toMs),
      forMs: random.between(from, to),
      amount: random.int(10_000),
    };
  });
  return faults
    .map((fault) => ({ ...fault, forMs: Math.min(fault.forMs, toMs - fault.atMs) }))
    .toSorted((a, b) => a.atMs - b.atMs);
}

/**
 * Plans the permanent loss of a node, after which the remaining nodes take over. With a single node, this fault has no
 * effect.
 */
export function planRabbitMqLasting(random: Random, { fromMs, toMs }: FaultSpan): Fault {
  const kind = random.pick(['kill', 'freeze', 'refuse']);
  return { kind, target: nodeAddresses[0], atMs: random.between(fromMs, toMs), forMs: lastingMs, amount: 0 };
}

const storyMs = 8_000;

const stories: readonly ((random: Random, atMs: number) => readonly Fault[])[] = [
  /** Connections end while they are blocked, so that clients are not notified when the alarm ends. */
  (random, atMs) => {
    const alarmMs = random.between(3_000, storyMs);
    const cutAtMs = Array.from({ length: random.between(1, 3) }, () => atMs + random.between(200, alarmMs));
    const fault = { target: all, amount: random.int(10_000) };
    return [
      { ...fault, kind: 'alarm', atMs, forMs: alarmMs },
      ...cutAtMs.map((at) => ({ ...fault, kind: 'cut', atMs: at, forMs: 0 })),
    ];
  },
  /** The server rejects some of the messages that are published together. */
  (random, atMs) => [
    { kind: 'nearly full', target: all, atMs, forMs: random.between(1_000, storyMs), amount: 0 },
  ],
];

export function planRabbitMqStory(random: Random, { fromMs, toMs }: FaultSpan): readonly Fault[] {
  const tell = random.chance(0.4) ? random.pick(stories) : undefined;
  return tell?.(random, random.between(fromMs, toMs - storyMs)) ?? [];
}
