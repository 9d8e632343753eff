import type { Network } from '../network/network.ts';
import { createReadinessProbe } from '../receiver/readiness-probe.ts';
import type { World } from '../world/world.ts';

/** `probes.readiness` of the chart. */
const [periodMs, failureThreshold] = [3_000, 2];
/** From a receiver that is ready to its first delivery. */
export const routedAfterMs = periodMs + 1_000;

/** Asks each receiver's `/readyz`, as Kubernetes does. @returns whether one gets deliveries */
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
      world.after(periodMs, () => {
        const isReady = probe.problem() === undefined;
        failures.set(name, isReady ? 0 : (failures.get(name) ?? failureThreshold) + 1);
        ask();
      });
    };
    ask();
  }
  return (name) => (failures.get(name) ?? failureThreshold) < failureThreshold;
}
