import { lastingMs } from '../faults/schedule-faults.ts';
import type { Link } from '../network/network.ts';
import type { Fault, FaultSpan } from '../scenario.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { type OddBehaviour, type OddKind, oddKinds } from './odd-behaviour.ts';

/** Relative frequency and duration of each kind of fault. */
const kinds: readonly {
  readonly kind: string;
  readonly weight: number;
  readonly forMs: readonly [number, number];
  readonly amount?: readonly [number, number];
}[] = [
  { kind: 'connections reset', weight: 5, forMs: [0, 0] },
  { kind: 'connections ended', weight: 4, forMs: [0, 0] },
  { kind: 'connections silenced', weight: 3, forMs: [0, 0] },
  { kind: 'cut after bytes', weight: 8, forMs: [500, 6_000], amount: [1, 4_000] },
  { kind: 'connections refused', weight: 2, forMs: [100, 6_000] },
  { kind: 'slow', weight: 2, forMs: [500, 6_000], amount: [20, 1_500] },
  { kind: 'broker killed', weight: 3, forMs: [200, 9_000] },
  { kind: 'broker frozen', weight: 4, forMs: [200, 15_000] },
  { kind: 'leaders moved', weight: 4, forMs: [0, 0] },
  { kind: 'slow leader replaced', weight: 3, forMs: [1_500, 6_000], amount: [600, 1_800] },
  { kind: 'topic settings', weight: 1, forMs: [500, 8_000] },
  ...oddKinds.map((kind) => ({ kind, weight: 2, forMs: [300, 6_000] as const, amount: [5, 100] as const })),
];
const lots = kinds.flatMap((each) => Array.from({ length: each.weight }, () => each));

/** Plans between 2 and 30 faults, some of them at almost the same time. Both few and many faults reveal defects. */
export function planKafkaFaults(random: Random, { fromMs, toMs }: FaultSpan, brokerCount: number): Fault[] {
  const faults: Fault[] = [];
  const count = random.between(2, random.chance(0.3) ? 30 : 12);
  let atMs = random.between(fromMs, toMs);
  while (faults.length < count) {
    const { kind, forMs, amount } = random.pick(lots);
    atMs = random.chance(0.4) ? Math.min(toMs, atMs + random.int(300)) : random.between(fromMs, toMs);
    faults.push({
      kind,
      target: String(random.between(1, brokerCount)),
      atMs,
      forMs: random.between(...forMs),
      ...(amount && { amount: random.between(...amount) }),
    });
  }
  return faults.toSorted((one, other) => one.atMs - other.atMs);
}

/** Plans a permanent fault: either a broker is lost, or one of several partitions rejects all records. */
export function planKafkaLasting(random: Random, { fromMs, toMs }: FaultSpan, brokerCount: number): Fault {
  const atMs = random.between(fromMs, toMs);
  return random.chance(0.5)
    ? { kind: 'broker killed', target: String(random.between(1, brokerCount)), atMs, forMs: lastingMs }
    : { kind: partitionRefuses, target: 'events', atMs, forMs: lastingMs, amount: random.int(8) };
}

export const partitionRefuses = 'partition refuses';

/** Faults of a topic that only one of the two registrations uses. */
const topicLosses = ['topic deleted', 'right to write taken'];

export function isTopicLoss({ kind }: Fault): boolean {
  return topicLosses.includes(kind);
}

export function planTopicLoss(random: Random, { fromMs, toMs }: FaultSpan, target: string): Fault {
  return { kind: random.pick(topicLosses), target, atMs: random.between(fromMs, toMs), forMs: lastingMs };
}

interface KafkaFaultDeps {
  readonly world: World;
  readonly cluster: KafkaCluster;
  readonly odd: OddBehaviour;
  readonly linkOf: (broker: number) => Link;
}

/** Time until the controller detects a lost broker. */
const fenceMs = { killed: { from: 20, to: 2_000 }, frozen: { from: 6_000, to: 9_000 } };
/**
 * Delay before the leader is replaced in the fault 'slow leader replaced'. At that time, a request to the old leader is
 * in flight.
 */
export const replacedAfterMs = 1_100;
const nothing = () => undefined;

/** Applies a fault. @returns a function that heals the fault */
export function applyKafkaFault({ kind, target, amount = 0 }: Fault, deps: KafkaFaultDeps): () => void {
  const { world, cluster, odd, linkOf } = deps;
  const { random } = world;
  const id = Number(target);
  const link = linkOf(id);

  switch (kind) {
    case 'connections reset':
      link.cut('reset');
      return nothing;
    case 'connections ended':
      link.cut('end');
      return nothing;
    case 'connections silenced':
      link.cut('silence');
      return nothing;
    case 'cut after bytes':
      link.cutAfter(amount);
      return () => link.cutAfter(undefined);
    case 'connections refused':
      link.refuse();
      return link.admit;
    case 'slow':
      link.slow(amount);
      return () => link.slow(0);
    case 'leaders moved':
      cluster.controller.moveLeaders([...cluster.controller.partitions()].filter(() => random.chance(0.5)));
      return nothing;
    case 'slow leader replaced':
      link.slow(amount);
      world.after(replacedAfterMs, () =>
        cluster.controller.moveLeaders(
          [...cluster.controller.partitions()].filter(({ leader }) => leader === id),
        ),
      );
      return () => link.slow(0);
    case 'topic settings':
      return changeSettings(cluster);
    case 'broker killed':
      cluster.kill(id, random.between(fenceMs.killed.from, fenceMs.killed.to));
      return () => cluster.start(id);
    case 'broker frozen':
      cluster.freeze(id, random.between(fenceMs.frozen.from, fenceMs.frozen.to));
      link.freeze();
      return () => {
        cluster.thaw(id);
        link.thaw();
      };
    default:
      return odd.begin(id, { kind: kind as OddKind, percent: amount });
  }
}

/**
 * Requires all replicas to acknowledge every batch, so that the failure of a single broker stops all writes. If another
 * fault has already changed this setting, that fault restores it.
 */
function changeSettings(cluster: KafkaCluster): () => void {
  const before = [...cluster.topics.values()]
    .filter(({ config }) => config.own['min.insync.replicas'] !== '3')
    .map(({ name, config }) => [name, config.own] as const);
  for (const [name, own] of before) {
    cluster.changeSettings(name, { ...own, 'min.insync.replicas': '3' });
  }
  return () => {
    for (const [name, own] of before) {
      cluster.changeSettings(name, own);
    }
  };
}
