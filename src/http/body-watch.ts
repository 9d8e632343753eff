import { DeadlineWatch } from '../runtime/deadline-watch.ts';
import type { AdmissionGate } from '../webhook/admission-gate.ts';
import type { ArrivingBody } from './arriving-body.ts';

export interface BodyWatchOptions {
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
