import type { Machine } from '../disk/machine.ts';
import type { Fault, FaultSpan } from '../scenario.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { SentRecords } from './sent-records.ts';

const kind = 'segment removed';

/**
 * Adds, in some rounds, a fault in which another program removes a segment. The random number is drawn last, so that
 * the other faults stay the same.
 */
export function withRemoval(faults: readonly Fault[], random: Random, span: FaultSpan): readonly Fault[] {
  return random.chance(0.1)
    ? [
        ...faults,
        ...Array.from({ length: random.between(1, 4) }, () => ({
          ...{ kind, target: 'person', atMs: random.between(span.fromMs, span.toMs), forMs: 0 },
          amount: random.next(),
        })),
      ]
    : faults;
}

interface RemovalDeps {
  readonly world: World;
  readonly machine: Machine;
  readonly sent: SentRecords;
  readonly directoryIn: (root: string) => string;
}

/**
 * Removes a segment.
 * @returns the ids of the removed records, or `undefined` for any other kind of fault
 */
export function removeSegment(
  fault: Fault,
  { world, machine, sent, directoryIn }: RemovalDeps,
): readonly string[] | undefined {
  if (fault.kind !== kind) {
    return undefined;
  }
  const segments = machine.disk.listFiles().filter(([name]) => name.endsWith('.jsonl'));
  const [name, file] = segments[Math.floor((fault.amount ?? 0) * segments.length)] ?? [];
  const { isReadOnly, isAway } = machine.disk.troubles;
  if (name === undefined || file === undefined || isReadOnly || isAway) {
    return [];
  }
  const ids = sent.readLines(file.read(0, file.size).toString()).filter((id) => sent.has(id));
  world.note('person', `removes ${name}`, () => ids.join(' '));
  const { tree, point } = machine.mount('person');
  tree.remove(`${directoryIn(point)}/${name}`);
  return ids;
}
