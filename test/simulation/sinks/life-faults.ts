import { isDiskFault, planDiskFault, strikeDisk } from '../disk/disk-faults.ts';
import type { Machine } from '../disk/machine.ts';
import type { Fault, FaultSpan } from '../scenario.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { Lives } from './lives.ts';

const kinds = ['kill', 'power-cut', 'stop', 'pause', 'pause at start', 'second', 'clock'] as const;
/** Durations of faults. A process watches a directory for ten seconds before it takes over the directory. */
const durationsMs = [20, 500, 5_000, 18_000];
const clockStepsMs = [-3_600_000, -2_000, 2_000, 86_400_000];
const startMs = 80;

/**
 * Plans faults of the disk or of the processes that use the disk. A plan contains one fault, or two faults whose
 * combination is worse.
 */
export function planLifeFaults(random: Random, span: FaultSpan): Fault[] {
  if (random.chance(0.4)) {
    return [planDiskFault(random, span)];
  }
  const kind = random.pick(kinds);
  const atMs = random.between(span.fromMs, span.toMs);
  const amount = kind === 'clock' ? random.pick(clockStepsMs) : random.between(1, startMs);
  const fault = { kind, target: 'process', atMs, forMs: random.pick(durationsMs), amount };
  return kind.startsWith('pause') && random.chance(0.7)
    ? [fault, { ...fault, kind: 'second', atMs: atMs + random.between(100, 3_000) }]
    : [fault];
}

interface FaultyParts {
  readonly world: World;
  readonly machine: Machine;
  readonly lives: Lives;
}

export function strikeLives(fault: Fault, { world, machine, lives }: FaultyParts): void {
  const { kind, forMs, amount = 0 } = fault;
  world.note('fault', `${kind}, ${forMs} ms`);
  if (isDiskFault(fault)) {
    strikeDisk(fault, machine.disk, world);
    return;
  }
  const life = lives.running.length > 0 ? world.random.pick(lives.running) : undefined;
  switch (kind as (typeof kinds)[number]) {
    case 'kill':
      life?.kill();
      break;
    case 'stop':
      life?.stop();
      break;
    case 'power-cut':
      machine.cutPower();
      break;
    case 'pause':
      life?.pauseFor(forMs);
      break;
    case 'pause at start': {
      life?.kill();
      const started = lives.start();
      world.after(amount, () => started.pauseFor(forMs));
      break;
    }
    case 'second':
      lives.start();
      world.after(forMs, () => lives.leaveOne());
      break;
    case 'clock':
      world.setClock(amount);
      break;
  }
  lives.startSoonIfNoneRuns();
}
