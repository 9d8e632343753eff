import { DeadlineWatch, type TimedWork } from '../runtime/deadline-watch.ts';
import type { AdmissionGate } from '../webhook/admission-gate.ts';
import type { Refusal } from '../webhook/refusal.ts';

/** A request body that is being read. */
export interface ArrivingBody extends TimedWork {
  /** Number of watchdog sweeps since the body started to arrive. */
  sweeps: number;
  /** Starts counting the bytes of the body against the limits, unless they are already counted. */
  count(): void;
  /** Bytes that the body holds of the budget for unverified bodies. */
  readonly heldBytes: number;
  /** Whether the body is large. A large body cannot displace a small one. */
  readonly isLarge: boolean;
  /** Whether its connection has carried a valid signature before. */
  readonly isProven: boolean;
  /** Rejects the body in favour of another one, and releases its bytes. */
  evict(refusal: Refusal): void;
}

interface BodyWatchOptions {
  /** Milliseconds, from any origin. */
  readonly now: () => number;
  readonly gate: Pick<AdmissionGate, 'isCrowded'>;
  readonly bodyTimeoutMs: number;
}

/** Precision of the body timeout. */
const sweepMs = 50;

/** Share of the body timeout that a body gets while many bodies are arriving. By default, one second. */
const crowdedShare = 1 / 5;

/**
 * Aborts bodies that do not arrive in time. A body that does not arrive immediately is counted against the limits. While such
 * bodies use more than half of their budget, slow ones are aborted, because most of them come from malicious clients.
 *
 * Slowness is measured in sweeps, not in time. Every socket is read once between two sweeps, so a body does not count as slow
 * while the process waits for CPU.
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

/** Bodies that hold fewer bytes are not displaced, because displacing many of them would take too long. */
const minEvictableBytes = 512;

/**
 * Finds the body to abort in favour of one that needs more bytes than are left. As with connections, bodies of unproven
 * connections come first, and among those the oldest.
 *
 * @param isLarge whether the requesting body will be large
 * @returns `undefined` if no other body has lower priority than the requesting one
 */
export function findEvictable(
  arriving: DeadlineWatch<ArrivingBody>,
  { asking, isLarge }: { readonly asking: ArrivingBody; readonly isLarge: boolean },
): ArrivingBody | undefined {
  let found = asking;
  arriving.forEach((other) => {
    const isCandidate = other.heldBytes >= minEvictableBytes && (other.isLarge || !isLarge);
    if (isCandidate && isEvictedBefore(other, found)) {
      found = other;
    }
  });
  return found === asking ? undefined : found;
}

function isEvictedBefore(one: ArrivingBody, other: ArrivingBody): boolean {
  return one.isProven === other.isProven ? one.endsAt <= other.endsAt : other.isProven;
}
