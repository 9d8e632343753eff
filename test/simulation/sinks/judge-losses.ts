import type { Fault, SimulationViolation } from '../scenario.ts';
import type { SinkEvidence } from './judge-sink.ts';

/** Maximum time within which a process must notice the loss of its directory. */
const findsOutMs = 5_000;
/** Kinds of faults that give a running process no reason to lose its directory. */
const harmless = ['kill', 'power-cut', 'stop', 'second', 'clock', 'segment removed'];

/**
 * Unless the process or its disk was frozen, a process must keep its directory, even if other processes try to take it.
 * If two processes start at the same time, one of them may own the directory briefly.
 */
export function judgeDirectories({
  lives,
  faults,
}: Pick<SinkEvidence, 'lives' | 'faults'>): SimulationViolation[] {
  return lives.flatMap(({ name, lossesMs }) =>
    lossesMs
      .filter((lostMs) => !lives.some(({ startedMs }) => isJustAfter(lostMs, startedMs)))
      .filter((lostMs) => !faults.some((fault) => mayCost(fault, lostMs)))
      .map((lostMs) => ({
        kind: 'lost',
        text: `${name} lost its directory at ${lostMs} ms, and had not stood still`,
      })),
  );
}

function mayCost({ kind, target, atMs, forMs }: Fault, lostMs: number): boolean {
  if (target === 'store' || harmless.includes(kind)) {
    return false;
  }
  // Consequences of a disk fault may last longer than the fault itself.
  return target === 'disk' ? lostMs >= atMs : isJustAfter(lostMs, atMs, forMs);
}

function isJustAfter(lostMs: number, atMs: number, forMs = 0): boolean {
  return lostMs >= atMs && lostMs <= atMs + forMs + findsOutMs;
}
