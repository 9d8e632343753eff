import type { Fault, FaultSpan } from '../scenario.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { Disk } from './disk.ts';
import type { DiskTroubles } from './disk-troubles.ts';

type Troubles = (disk: Disk, amount: number) => Partial<DiskTroubles>;

const kinds = {
  full: [[0, 300, 3_000], (disk, bytes) => ({ capacityBytes: disk.usedBytes + bytes })],
  'sync-fails': [[0.1, 0.5, 1], ({ troubles: { failing } }, sync) => ({ failing: { ...failing, sync } })],
  'write-fails': [[0.1, 0.5, 1], ({ troubles: { failing } }, write) => ({ failing: { ...failing, write } })],
  'read-fails': [[0.1, 0.5, 1], ({ troubles: { failing } }, read) => ({ failing: { ...failing, read } })],
  slow: [[10, 100, 500], (_disk, slowness) => ({ slowness })],
  hangs: [[0], () => ({})],
  'read-only': [[0], () => ({ isReadOnly: true })],
  away: [[0], () => ({ isAway: true })],
} satisfies Record<string, readonly [amounts: readonly number[], Troubles]>;

type Kind = keyof typeof kinds;

const durationsMs = [50, 1_000, 5_000, 15_000];

export function planDiskFault(random: Random, { fromMs, toMs }: FaultSpan): Fault {
  const kind = random.pick(Object.keys(kinds) as Kind[]);
  const atMs = random.between(fromMs, toMs);
  const amount = random.pick<number>(kinds[kind][0]);
  return { kind, target: 'disk', atMs, forMs: random.pick(durationsMs), amount };
}

export function isDiskFault({ target }: Fault): boolean {
  return target === 'disk';
}

/**
 * Applies a fault to the disk. If two faults affect the same setting at the same time, the later one wins.
 *
 * @returns a function that does nothing, because disk faults end by themselves
 */
export function strikeDisk(
  { kind, forMs, amount = 0 }: Fault,
  disk: Disk | undefined,
  world: World,
): () => void {
  if (disk === undefined) {
    return () => undefined;
  }
  const usual = disk.troubles;
  const changes: Partial<DiskTroubles> = kinds[kind as Kind][1](disk, amount);
  const hangsUntilMs = kind === 'hangs' ? world.now() + forMs : usual.hangsUntilMs;
  disk.troubles = { ...usual, ...changes, hangsUntilMs };
  world.after(forMs, () => {
    const names = Object.keys(changes) as (keyof DiskTroubles)[];
    const healed = Object.fromEntries(names.map((name) => [name, usual[name]]));
    disk.troubles = { ...disk.troubles, ...healed };
  });
  return () => undefined;
}
