import type { Fault } from '../scenario.ts';
import type { World } from '../world/world.ts';

/**
 * Duration of a permanent fault. While it lasts, everything that does not depend on the target of the fault must work.
 */
export const lastingMs = Number.POSITIVE_INFINITY;

/**
 * Applies each fault at its scheduled time, and later heals the fault.
 *
 * @returns the virtual time, in milliseconds, at which the last fault has healed or has become permanent
 */
export function scheduleFaults(
  world: World,
  faults: readonly Fault[],
  apply: (fault: Fault) => () => void,
): number {
  for (const fault of faults) {
    const { atMs, forMs } = fault;
    world.after(atMs, () => {
      world.note('fault', describeFault(fault));
      const heal = apply(fault);
      if (forMs === lastingMs) {
        return;
      }
      world.after(forMs, () => {
        heal();
        if (forMs > 0) {
          world.note('fault', `${fault.kind}, ${fault.target}: healed`);
        }
      });
    });
  }
  return Math.max(0, ...faults.map(({ atMs, forMs }) => atMs + (forMs === lastingMs ? 0 : forMs)));
}

export function describeFault({ kind, target, forMs, amount }: Fault): string {
  const howMuch = amount === undefined ? '' : `, ${amount}`;
  const howLong = forMs === lastingMs ? ', for ever' : `, for ${forMs} ms`;
  return `${kind}, ${target}${howMuch}${forMs === 0 ? '' : howLong}`;
}
