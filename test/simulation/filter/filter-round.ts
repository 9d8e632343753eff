import { scheduleFaults } from '../faults/schedule-faults.ts';
import { readCommittedLog } from '../kafka/read-log.ts';
import { createNetwork, type Network } from '../network/network.ts';
import { replaceNet } from '../network/replace-net.ts';
import { createReadinessProbe } from '../receiver/readiness-probe.ts';
import type { Fault, RoundOutcome, SimulationViolation } from '../scenario.ts';
import type { RunningWorld } from '../world/world.ts';
import { applyFilterFault } from './apply-filter-fault.ts';
import { createEventSource } from './event-source.ts';
import { deployFilter, type FilterDeployment, maxMessageBytes } from './filter-deployment.ts';
import { isReset } from './filter-faults.ts';
import { mostConnections } from './filter-process.ts';
import { judgeStates } from './judge-states.ts';
import { whatLacks } from './what-lacks.ts';

/** When faults happen. */
export const faultSpan = { fromMs: 3_000, toMs: 40_000 };
const lastEventMs = faultSpan.toMs + 5_000;
/** From the end of the last fault to filters that lack nothing. */
const liveAgainMs = 90_000;
const askEveryMs = 500;
/** For the longest grace of a process, and some more. */
const endMs = 30_000;

export interface RoundPlan {
  readonly faults: readonly Fault[];
  readonly passwordFile: string;
}

export async function runFilterRound(
  world: RunningWorld,
  { faults, passwordFile }: RoundPlan,
): Promise<RoundOutcome> {
  const network = createNetwork(world);
  using net = replaceNet(world, network);
  void net;
  const deployment = deployFilter({ world, network, passwordFile });
  const { cluster, topics, places } = deployment;
  const { name: topic, partitionCount } = topics.events;
  const source = createEventSource({ world, cluster, topic, partitionCount, largeBytes: maxMessageBytes });
  places[0]?.start();
  if (world.random.chance(0.5)) {
    world.after(world.random.between(1, 8_000), () => places[1]?.start());
  }
  source.run(lastEventMs);
  const healedMs = scheduleFaults(world, faults, (fault) =>
    applyFilterFault(fault, { world, network, deployment, passwordFile }),
  );
  await world.runFor(Math.max(lastEventMs, healedMs));

  const healedAtMs = world.now();
  const lack = await waitUntilWhole(world, network, deployment);
  const liveAgainAfterMs = world.now() - healedAtMs;
  const leaks = findLeaks(network, deployment);
  for (const place of places) {
    place.terminate();
  }
  await world.runFor(endMs);
  const stuck = [lack, leaks, ...places.flatMap((place) => place.faults)].filter(
    (text) => text !== undefined,
  );
  const { states, deadLetters, wrong } = judge(deployment, faults, source.newest);
  const violations: SimulationViolation[] = [
    ...stuck.map((text) => ({ kind: 'not live again', text }) as const),
    ...wrong.map((text) => ({ kind: 'lost', text }) as const),
    ...world.uncaught.map(({ stack = '' }) => ({ kind: 'uncaught', text: stack }) as const),
  ];
  for (const { kind, text } of violations) {
    world.note('judge', `${kind}: ${text}`);
  }
  return {
    violations,
    virtualMs: world.now(),
    counts: { events: source.count, states, deadLetters, liveAgainAfterMs },
    trace: world.trace,
    digest: world.trace.digest(),
  };
}

/** @returns what is lacking when the time is over */
async function waitUntilWhole(
  world: RunningWorld,
  network: Network,
  deployment: FilterDeployment,
): Promise<string | undefined> {
  const { places } = deployment;
  const probes = new Map(places.map(({ name }) => [name, createReadinessProbe(network, name)]));
  const untilMs = world.now() + liveAgainMs;
  let lack: string | undefined;
  do {
    for (const { name } of places.filter(({ isUp }) => isUp())) {
      probes.get(name)?.ask();
    }
    await world.runFor(askEveryMs);
    lack = await whatLacks(deployment, probes);
  } while (lack !== undefined && world.now() < untilMs);
  return lack;
}

function findLeaks(network: Network, { cluster, places }: FilterDeployment): string | undefined {
  const running = places.filter(({ isUp }) => isUp()).length;
  const counts = cluster.brokers.map(({ id }) => network.link(cluster.addressOf(id)).connectionCount);
  return Math.max(...counts) > mostConnections * running
    ? `${counts.join(', ')} connections to the brokers`
    : undefined;
}

function judge({ cluster, topics }: FilterDeployment, faults: readonly Fault[], newest: ReadonlySet<string>) {
  const readAll = ({ name, partitionCount }: { readonly name: string; readonly partitionCount: number }) =>
    Array.from({ length: partitionCount }, (_, partition) =>
      readCommittedLog(cluster.logOf(name, partition)),
    );
  const latest = readAll(topics.latest);
  const deadLetters = readAll(topics.deadLetter).flat();
  const partitions = readAll(topics.events).map((events, partition) => ({
    partition,
    events,
    latest: latest[partition] ?? [],
  }));
  // The filter leaves room for the header of a batch.
  const maxBodyBytes = maxMessageBytes - 128;
  const wrong = judgeStates({
    partitions,
    deadLetters,
    maxBodyBytes,
    resets: faults.filter(isReset).map(({ kind }) => kind),
    newest,
  });
  return { states: latest.flat().length, deadLetters: deadLetters.length, wrong };
}
