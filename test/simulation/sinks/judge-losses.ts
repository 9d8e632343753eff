import type { Fault } from '../scenario.ts';
import type { Life } from './life.ts';

type Loser = Pick<Life, 'name' | 'startedMs' | 'lossesMs'>;

/** After its cause a process finds out in so long. */
const findsOutMs = 5_000;
/** A process that only runs, beside a clock that somebody sets, has no reason to lose anything. */
const harmless = ['kill', 'power-cut', 'stop', 'second', 'clock'];

/**
 * A process keeps its directory, whoever else wants it, unless it stood still, or its disk did. Of two that start at once,
 * one may have it for a moment. @returns sentences
 */
export function judgeLosses(lives: readonly Loser[], faults: readonly Fault[]): string[] {
  return lives.flatMap(({ name, lossesMs }) =>
    lossesMs
      .filter((lostMs) => !lives.some(({ startedMs }) => isJustAfter(lostMs, startedMs)))
      .filter((lostMs) => !faults.some((fault) => mayCost(fault, lostMs)))
      .map((lostMs) => `${name} lost its directory at ${lostMs} ms, and had not stood still`),
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
