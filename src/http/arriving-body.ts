import { DeadlineWatch, type TimedWork } from '../runtime/deadline-watch.ts';
import type { AdmissionGate } from '../webhook/admission-gate.ts';
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

interface BodyWatchOptions {
  /** Milliseconds, from any origin. */
  readonly now: () => number;
  readonly gate: Pick<AdmissionGate, 'isCrowded'>;
  readonly bodyTimeoutMs: number;
}

/** A body's deadline is kept to this precision. */
const sweepMs = 50;

/** The share of its time that a body gets while many bodies are arriving: a second by default. */
const crowdedShare = 1 / 5;

/**
 * Ends bodies that do not arrive in time. One that did not arrive at once is counted from then on. While such bodies use
 * more than half of what they may use, the slow ones are cut: they are mostly those of clients that mean no good.
 *
 * Sweeps are counted for that, not time. Between two of them every socket is read once, so a body that waits for a process
 * without a processor is not slow.
 */
export function createBodyWatch({ now, gate, bodyTimeoutMs }: BodyWatchOptions): DeadlineWatch<ArrivingBody> {
  const crowdedSweeps = (bodyTimeoutMs * crowdedShare) / sweepMs;
  const arriving = new DeadlineWatch<ArrivingBody>({ now, intervalMs: sweepMs, onSweep: visitAll });

  function visitAll(): void {
    const { isCrowded } = gate;
    arriving.forEach((body) => {
      body.sweeps += 1;
      if (isCrowded && body.sweeps > crowdedSweeps) {
        arriving.remove(body);
        body.onTimeout();
      } else {
        body.count();
      }
    });
  }

  return arriving;
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
