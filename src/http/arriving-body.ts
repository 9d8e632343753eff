import { type DeadlineItem, DeadlineWatch } from '../runtime/deadline-watch.ts';
import type { AdmissionGate } from '../webhook/admission-gate.ts';
import type { Refusal } from '../webhook/refusal.ts';

/** A request body that is being read. */
export interface ArrivingBody extends DeadlineItem {
  /** Number of watchdog sweeps since the body started to arrive. */
  sweeps: number;
  /** Starts counting the body's bytes against the limits, unless the bytes are already counted. */
  count(): void;
  /** Number of bytes that the body uses of the budget for unverified bodies. */
  readonly heldBytes: number;
  /** Whether the body is large. A large body cannot displace a small one. */
  readonly isLarge: boolean;
  /** Whether the connection of this body has previously carried a valid signature. */
  readonly isProven: boolean;
  /** Rejects the body in favour of a different body, and releases the rejected body's bytes. */
  evict(refusal: Refusal): void;
}

interface BodyWatchOptions {
  /** Returns the monotonic time in milliseconds, from an arbitrary origin. */
  readonly now: () => number;
  readonly gate: Pick<AdmissionGate, 'isCrowded'>;
  readonly bodyTimeoutMs: number;
}

/** Interval in milliseconds between sweeps, which is the precision of the body timeout. */
const sweepMs = 50;

/**
 * Factor by which the body timeout is shortened while many bodies are arriving. With the default timeout, the result is
 * one second.
 */
const timeoutShareUnderLoad = 1 / 5;

/**
 * Aborts bodies that do not arrive in time. A body that does not arrive immediately is counted against the limits. While such
 * bodies use more than half of their budget, slow ones are aborted, because most of them come from malicious clients.
 *
 * Slowness is measured in sweeps instead of time. Every socket is read once between two sweeps, so a body does not
 * count as slow if the process itself lacks CPU time.
 */
export function createBodyWatch({ now, gate, bodyTimeoutMs }: BodyWatchOptions): DeadlineWatch<ArrivingBody> {
  const sweepsUnderLoad = (bodyTimeoutMs * timeoutShareUnderLoad) / sweepMs;
  const arrivingBodies = new DeadlineWatch<ArrivingBody>({ now, intervalMs: sweepMs, onSweep: sweepBodies });

  function sweepBodies(): void {
    const { isCrowded } = gate;
    arrivingBodies.forEach((body) => {
      body.sweeps += 1;
      if (isCrowded && body.sweeps > sweepsUnderLoad) {
        arrivingBodies.remove(body);
        body.onTimeout();
      } else {
        body.count();
      }
    });
  }

  return arrivingBodies;
}

/**
 * Minimum number of bytes that a body must hold to be aborted in favour of another body. Aborting many smaller bodies
 * would take too long.
 */
const minEvictableBytes = 512;

/**
 * Finds the body to abort in favour of a body that needs more bytes than are available. Bodies on connections without
 * a valid signature are aborted first, starting with the oldest body.
 *
 * @param isLarge whether the requesting body will be large
 * @returns `undefined` if no other body has lower priority than the requesting one
 */
export function findEvictable(
  arriving: DeadlineWatch<ArrivingBody>,
  { asking, isLarge }: { readonly asking: ArrivingBody; readonly isLarge: boolean },
): ArrivingBody | undefined {
  let candidate = asking;
  arriving.forEach((other) => {
    const isEvictable = other.heldBytes >= minEvictableBytes && (other.isLarge || !isLarge);
    if (isEvictable && shouldEvictBefore(other, candidate)) {
      candidate = other;
    }
  });
  return candidate === asking ? undefined : candidate;
}

function shouldEvictBefore(one: ArrivingBody, other: ArrivingBody): boolean {
  return one.isProven === other.isProven ? one.endsAt <= other.endsAt : other.isProven;
}
