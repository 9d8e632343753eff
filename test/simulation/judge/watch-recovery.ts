import { isAcknowledged, type TrafficLog } from '../../faults/traffic/traffic-log.ts';
import { recoveryLimitMs } from '../../faults/wait-for-recovery.ts';
import type { ReadinessProbe } from '../receiver/readiness-probe.ts';
import type { RunningWorld } from '../world/world.ts';

interface RecoveryDeps {
  readonly world: RunningWorld;
  readonly log: TrafficLog;
  /** Readiness probes of all processes. */
  readonly probes: readonly ReadinessProbe[];
  readonly servesLimitMs: number;
  /** Whether a permanent fault has removed a resource that records with this key need. */
  readonly isGone: (key: string) => boolean;
}

const stepMs = 1_000;
/**
 * Required number of seconds without rejections. A single second may contain no delivery for a partition that still
 * rejects records.
 */
const wellSteps = 3;

/**
 * Watches the traffic after the last fault has healed. A delivery must be accepted within `servesLimitMs`. There must
 * also be three seconds without rejections within 30 s. At both times, no process may report a problem.
 *
 * @returns the components that have not recovered
 */
export async function watchRecovery({
  world,
  log,
  probes,
  servesLimitMs,
  isGone,
}: RecoveryDeps): Promise<string | undefined> {
  const healedAt = world.now();
  let serves = false;
  let steps = 0;
  while (world.now() - healedAt < recoveryLimitMs) {
    const answeredBefore = log.requests.length;
    for (const probe of probes) {
      probe.ask();
    }
    await world.runFor(stepMs);
    const problems = probes.map((probe) => probe.problem()).filter((problem) => problem !== undefined);
    const isWell = problems.length === 0;
    // Counts a delivery in the second of its response, because a store that syncs once per second responds to requests
    // from the previous second.
    const recent = log.requests
      .slice(answeredBefore)
      .filter(({ sentAt, kind }) => sentAt >= healedAt && kind !== 'forged')
      .filter(({ events }) => !events.some(({ key }) => isGone(key)));
    serves ||= isWell && recent.some(isAcknowledged);
    steps = isWell && recent.length > 2 && recent.every(isAcknowledged) ? steps + 1 : 0;
    if (steps === wellSteps) {
      return undefined;
    }
    if (!serves && world.now() - healedAt >= servesLimitMs) {
      return `rejects writes ${servesLimitMs / 1_000} s after the last fault ${problems.join('; ')}`;
    }
  }
  return `still refuses ${recoveryLimitMs / 1_000} s after the last fault`;
}
