import { isAcknowledged, type TrafficLog } from '../../faults/traffic/traffic-log.ts';
import { recoveryLimitMs } from '../../faults/wait-for-recovery.ts';
import type { SimulationViolation } from '../scenario.ts';
import type { RunningWorld } from '../world/world.ts';

interface RecoveryDeps {
  readonly world: RunningWorld;
  readonly log: TrafficLog;
  /** Of every process. */
  readonly isReady: () => Promise<boolean>;
  readonly servesLimitMs: number;
}

const stepMs = 1_000;
const noAnswer = Promise.resolve(false);

/**
 * Watches traffic that goes on after the last fault has healed. A delivery has to be taken within `servesLimitMs`, and
 * within 30 s there has to be a second in which nothing is refused; both with every process ready.
 */
export async function watchRecovery({
  world,
  log,
  isReady,
  servesLimitMs,
}: RecoveryDeps): Promise<SimulationViolation[]> {
  const healedAt = world.now();
  let serves = false;
  while (world.now() - healedAt < recoveryLimitMs) {
    const answeredBefore = log.requests.length;
    const asked = isReady();
    await world.runFor(stepMs);
    const ready = await Promise.race([asked, noAnswer]);
    // Answered in this second: a store that syncs once a second answers what was sent in the one before.
    const recent = log.requests
      .slice(answeredBefore)
      .filter(({ sentAt, kind }) => sentAt >= healedAt && kind !== 'forged');
    serves ||= ready && recent.some(isAcknowledged);
    if (ready && recent.length > 2 && recent.every(isAcknowledged)) {
      return [];
    }
    if (!serves && world.now() - healedAt >= servesLimitMs) {
      return [
        { kind: 'not live again', text: `takes nothing ${servesLimitMs / 1_000} s after the last fault` },
      ];
    }
  }
  return [
    { kind: 'not live again', text: `still refuses ${recoveryLimitMs / 1_000} s after the last fault` },
  ];
}
