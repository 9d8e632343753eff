import { isAcknowledged, type TrafficLog } from '../../faults/traffic/traffic-log.ts';
import { recoveryLimitMs } from '../../faults/wait-for-recovery.ts';
import type { ReadinessProbe } from '../receiver/readiness-probe.ts';
import type { RunningWorld } from '../world/world.ts';

interface RecoveryDeps {
  readonly world: RunningWorld;
  readonly log: TrafficLog;
  /** Of every process. */
  readonly probes: readonly ReadinessProbe[];
  readonly servesLimitMs: number;
  /** What records with this key need never comes back. */
  readonly isGone: (key: string) => boolean;
}

const stepMs = 1_000;
/** In one second it may be that nothing comes for a partition that still takes no records. */
const wellSteps = 3;

/**
 * Watches traffic that goes on after the last fault has healed. A delivery has to be taken within `servesLimitMs`, and
 * within 30 s there have to be three seconds in which nothing is refused; both with every process saying that nothing is wrong.
 *
 * @returns what is not well again
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
    // Answered in this second: a store that syncs once a second answers what was sent in the one before.
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
      return `takes nothing ${servesLimitMs / 1_000} s after the last fault ${problems.join('; ')}`;
    }
  }
  return `still refuses ${recoveryLimitMs / 1_000} s after the last fault`;
}
