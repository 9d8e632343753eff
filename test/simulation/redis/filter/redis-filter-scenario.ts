import { loadFilterConfig } from '../../../../src/config/filter-config.ts';
import { lastingMs, scheduleFaults } from '../../faults/schedule-faults.ts';
import { createFilterPlace, type FilterPlace } from '../../filter/filter-process.ts';
import { createNetwork, type Network } from '../../network/network.ts';
import { replaceNet } from '../../network/replace-net.ts';
import { createReadinessProbe } from '../../receiver/readiness-probe.ts';
import type { Fault, RoundOutcome, Scenario, SimulationViolation } from '../../scenario.ts';
import { createRandom } from '../../world/random.ts';
import { type RunningWorld, startWorld } from '../../world/world.ts';
import { startRedis } from '../start-redis.ts';
import { createEventWriter } from './event-writer.ts';
import { findRemainder, judgeStates } from './judge-states.ts';
import { applyFilterFault, planFilterFaults } from './redis-filter-faults.ts';

const span = { fromMs: 1_000, toMs: 40_000 };
const lastEventMs = span.toMs + 2_000;
/** From the end of the last fault. What a dead member had is taken over when the session's time is over by the server's clock. */
const liveAgainMs = 90_000;
const askEveryMs = 500;
const endMs = 30_000;
const group = 'filter';
const deadLetters = 'comapi.events.dead-letter';
const latest = 'comapi.events.latest';
const gone = 'entity-1';

/** One or two revision filters on a Redis: killed, stopped and started at any moment, with the faults of the server. */
export const redisFilterScenario: Scenario = {
  name: 'redis-filter',
  async load() {
    await import('../../../../src/stores/redis/redis-store.ts');
    await import('../../../../src/stores/redis/filter/redis-filter.ts');
  },
  planFaults: (seed) => planFilterFaults(createRandom(seed + planSeed), span),
  async runRound(seed, faults) {
    using world = startWorld(seed);
    return await runRound(world, faults);
  },
};

/** So that the faults are not the first numbers of the world. */
const planSeed = 2 ** 40;

async function runRound(world: RunningWorld, faults: readonly Fault[]): Promise<RoundOutcome> {
  const network = createNetwork(world);
  using net = replaceNet(world, network);
  void net;
  const redis = startRedis(world, network);
  const { service, streams } = redis;
  const isGone = faults.some(({ forMs }) => forMs === lastingMs);
  const names = { streams, group, latest, deadLetters, ...(isGone && { gone }) };
  const places = createPlaces(world, redis.env);
  const writer = createEventWriter({ world, service, streams });
  const fault = { ...redis.place, places, state: `${latest}:${gone}` };
  const healedMs = scheduleFaults(world, faults, (each) => applyFilterFault(fault, each));
  writer.run(lastEventMs);
  await world.runFor(Math.max(lastEventMs, healedMs));
  const healedAtMs = world.now();
  writer.writeToAll();
  const running = places.filter((each) => each.isUp());
  const lack = await waitUntilWhole({
    world,
    network,
    places: running,
    findRest: () => findRemainder(service.primary().data(), names),
  });
  const liveAgainAfterMs = world.now() - healedAtMs;
  const wrong = lack === undefined ? judgeStates(service.primary().data(), names) : [];
  for (const place of places) {
    place.terminate();
  }
  await world.runFor(endMs);
  const { connectionCount } = network.link(redis.place.address);
  const stuck = [
    ...(lack === undefined ? [] : [lack]),
    ...places.flatMap((place) => place.faults),
    ...(connectionCount === 0
      ? []
      : [`${connectionCount} connections are open after the end of all filters`]),
  ];
  const violations: SimulationViolation[] = [
    ...stuck.map((text) => ({ kind: 'not live again', text }) as const),
    ...wrong.map((text) => ({ kind: 'lost', text }) as const),
    ...world.uncaught.map(({ stack = '' }) => ({ kind: 'uncaught', text: stack }) as const),
  ];
  return {
    violations,
    virtualMs: world.now(),
    counts: { events: writer.count, liveAgainAfterMs },
    trace: world.trace,
    digest: world.trace.digest(),
  };
}

/** The second one comes later, or not at all. */
function createPlaces(world: RunningWorld, env: Readonly<Record<string, string>>): FilterPlace[] {
  const places = ['filter-1', 'filter-2'].map((name) =>
    createFilterPlace(
      world,
      name,
      loadFilterConfig({
        ...env,
        FILTER_GROUP_ID: group,
        FILTER_SESSION_TIMEOUT_MS: '6000',
        MANAGEMENT_PORT: '9090',
        ...(world.random.chance(0.5) && { FILTER_INSTANCE_ID: name }),
      }),
    ),
  );
  places[0]?.start();
  if (world.random.chance(0.7)) {
    world.after(world.random.between(1, 8_000), () => places[1]?.start());
  }
  return places;
}

interface Whole {
  readonly world: RunningWorld;
  readonly network: Network;
  readonly places: readonly FilterPlace[];
  readonly findRest: () => string | undefined;
}

/** @returns what is lacking when the time is over */
async function waitUntilWhole({ world, network, places, findRest }: Whole): Promise<string | undefined> {
  const probes = places.map(({ name }) => ({ name, ...createReadinessProbe(network, name) }));
  const untilMs = world.now() + liveAgainMs;
  let lack: string | undefined;
  do {
    for (const { ask } of probes) {
      ask();
    }
    await world.runFor(askEveryMs);
    const unready = probes.find(({ problem }) => problem() !== undefined);
    lack = findRest() ?? (unready && `${unready.name} is not ready: ${unready.problem()}`);
  } while (lack !== undefined && world.now() < untilMs);
  return lack;
}
