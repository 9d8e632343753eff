import type { Fault } from '../scenario.ts';
import type { World } from '../world/world.ts';

/**
 * Lets each fault happen at its time, and heals it.
 *
 * @returns when the last one has healed, in virtual milliseconds
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
      world.after(forMs, () => {
        heal();
        if (forMs > 0) {
          world.note('fault', `${fault.kind}, ${fault.target}: healed`);
        }
      });
    });
  }
  return Math.max(0, ...faults.map(({ atMs, forMs }) => atMs + forMs));
}

export function describeFault({ kind, target, forMs, amount }: Fault): string {
  const howMuch = amount === undefined ? '' : `, ${amount}`;
  return `${kind}, ${target}${howMuch}${forMs === 0 ? '' : `, for ${forMs} ms`}`;
}
