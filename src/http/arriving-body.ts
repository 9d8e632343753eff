import type { DeadlineWatch, TimedWork } from '../runtime/deadline-watch.ts';
import type { Refusal } from '../webhook/refusal.ts';

/** A body that is being read. */
export interface ArrivingBody extends TimedWork {
  /** So many of the watch have seen it. */
  sweeps: number;
  /** Counts it from now on, if it is not counted yet. */
  count(): void;
  /** The bytes that it holds of those for bodies that are not verified. */
  readonly heldBytes: number;
  /** It has no claim on what small ones hold. */
  readonly isLarge: boolean;
  /** Its connection has carried a good signature. */
  readonly isProved: boolean;
  /** Ends it for another one, and gives back what it holds. */
  yield(refusal: Refusal): void;
}

/** Who holds less is let alone: to look for many of them would take too long. */
const leastHeldBytes = 512;

/**
 * Which body goes for one that needs more than is left. As with connections, one goes first whose connection has not proved
 * itself, and the oldest before the rest.
 *
 * @param isLarge whether the asking one will be
 * @returns `undefined` when no other one goes before this one
 */
export function findYielding(
  arriving: DeadlineWatch<ArrivingBody>,
  { asking, isLarge }: { readonly asking: ArrivingBody; readonly isLarge: boolean },
): ArrivingBody | undefined {
  let found = asking;
  arriving.forEach((other) => {
    const isCandidate = other.heldBytes >= leastHeldBytes && (other.isLarge || !isLarge);
    if (isCandidate && yieldsBefore(other, found)) {
      found = other;
    }
  });
  return found === asking ? undefined : found;
}

function yieldsBefore(one: ArrivingBody, other: ArrivingBody): boolean {
  return one.isProved === other.isProved ? one.endsAt <= other.endsAt : other.isProved;
}
