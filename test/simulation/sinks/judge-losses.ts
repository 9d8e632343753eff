import type { Fault, SimulationViolation } from '../scenario.ts';
import type { SinkEvidence } from './judge-sink.ts';

/** After its cause a process finds out in so long. */
const findsOutMs = 5_000;
/** A process that only runs, beside a clock that somebody sets, has no reason to lose anything. */
const harmless = ['kill', 'power-cut', 'stop', 'second', 'clock', 'segment removed'];

/**
 * A process keeps its directory, whoever else wants it, unless it stood still, or its disk did. Of two that start at once,
 * one may have it for a moment.
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
  // What troubles a disk may go on after another trouble has healed.
  return target === 'disk' ? lostMs >= atMs : isJustAfter(lostMs, atMs, forMs);
}

function isJustAfter(lostMs: number, atMs: number, forMs = 0): boolean {
  return lostMs >= atMs && lostMs <= atMs + forMs + findsOutMs;
}
