import type { Network } from '../network/network.ts';
import { createReadinessProbe } from '../receiver/readiness-probe.ts';
import type { World } from '../world/world.ts';

/** Default values of `probes.readiness` and `probes.startup.periodSeconds` in the Helm chart. */
const [periodMs, failureThreshold, startupPeriodMs] = [3_000, 2, 1_000];
const answeredMs = 900;
/** Maximum time from the moment when a receiver becomes ready until its first delivery. */
export const routedAfterMs = periodMs + answeredMs;

/**
 * Probes `/readyz` of each receiver, as Kubernetes does.
 *
 * @returns whether each receiver gets deliveries, by receiver name
 */
export function startBalancer(
  world: World,
  network: Network,
  names: readonly string[],
): (name: string) => boolean {
  const failures = new Map<string, number>();
  for (const name of names) {
    const probe = createReadinessProbe(network, name);
    const ask = (): void => {
      probe.ask();
      world.after(answeredMs, () => {
        const before = failures.get(name);
        if (probe.isReady() === true) {
          failures.set(name, 0);
        } else if (before !== undefined) {
          failures.set(name, before + 1);
        }
        world.after((failures.has(name) ? periodMs : startupPeriodMs) - answeredMs, ask);
      });
    };
    ask();
  }
  return (name) => (failures.get(name) ?? failureThreshold) < failureThreshold;
}
