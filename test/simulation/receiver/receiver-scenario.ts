import { servesLimitMs } from '../../faults/wait-for-recovery.ts';
import { applyReceiverFault, planReceiverFaults } from '../faults/receiver-faults.ts';
import { scheduleFaults } from '../faults/schedule-faults.ts';
import { judgeRound } from '../judge/judge-round.ts';
import { watchRecovery } from '../judge/watch-recovery.ts';
import { openNetwork } from '../network/open-network.ts';
import { NetworkAgent } from '../provider/network-agent.ts';
import { startProvider } from '../provider/simulated-provider.ts';
import type { Fault, RoundOutcome, Scenario, SimulationViolation, StoreScenario } from '../scenario.ts';
import { createRandom } from '../world/random.ts';
import { type RunningWorld, startWorld } from '../world/world.ts';
import { askReadiness } from './ask-readiness.ts';
import { ports, type SupervisedReceiver, superviseReceiver } from './supervised-receiver.ts';

const secret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';
/** The first process listens by then. */
const startMs = 100;
const faultsEndMs = 40_000;
/** What a healed store needs by itself: replicas that catch up, nodes that find each other. */
const settlingMs = 3_000;
const stopLimitMs = 26_000;
const pollMs = 250;
const cutMs = 10;

/** Rounds of the receiver in front of a store: provider, one or two receivers, the store's servers, and faults of all of them. */
export function createReceiverScenario(store: StoreScenario): Scenario {
  return {
    name: store.name,
    async load() {
      await store.load();
      // What each process loads by itself is loaded by a first round, whose outcome says nothing.
      await runRound(store, 0, []);
    },
    planFaults(seed) {
      const random = createRandom(seed + planSeed);
      const span = { fromMs: random.chance(0.3) ? 1 : 2_000, toMs: faultsEndMs };
      return [
        ...store.planFaults(random, span),
        ...planReceiverFaults(random, span, namesOf(seed)),
        ...(store.planStory?.(random, span) ?? []),
      ].toSorted((one, other) => one.atMs - other.atMs);
    },
    runRound: (seed, faults) => runRound(store, seed, faults),
  };
}

/** So that the faults are not the first numbers of the world. */
const planSeed = 2 ** 40;

function namesOf(seed: number): readonly string[] {
  return createRandom(seed).chance(0.25) ? ['receiver-1', 'receiver-2'] : ['receiver-1'];
}

async function runRound(
  scenario: StoreScenario,
  seed: number,
  faults: readonly Fault[],
): Promise<RoundOutcome> {
  using world = startWorld(seed);
  using network = openNetwork(world);
  const store = scenario.start(world, network);
  const env = { ...store.env, WEBHOOK_SECRET: secret };
  const receivers = namesOf(seed).map((name) => superviseReceiver({ world, name, env }));
  const cuts: { from: number; to: number; isKilled: true }[] = [];
  const targets = receivers.map((receiver) => ({
    port: ports.public,
    path: '/webhook',
    agent: new NetworkAgent(network, { host: receiver.name, port: ports.public }),
    isRouted: () => receiver.isServing(),
    secret: () => secret,
  }));
  await world.runFor(startMs);
  const provider = startProvider({ world, targets, waitingSenders: 3 });
  const healedMs = scheduleFaults(
    world,
    faults,
    (fault) =>
      applyReceiverFault(fault, {
        ...{ world, receivers },
        linkOf: (name) => network.link(`${name}:${ports.public}`),
        onCut: () => cuts.push({ from: world.now(), to: world.now() + cutMs, isKilled: true }),
      }) ?? store.apply(fault),
  );
  await world.runFor(healedMs + settlingMs);
  const { log } = provider;
  const recovery = await watchRecovery({
    ...{ world, log, servesLimitMs: scenario.servesLimitMs ?? servesLimitMs },
    isReady: async () =>
      (await Promise.all(receivers.map(({ name }) => askReadiness(network, name)))).every(Boolean),
  });
  provider.stopSending();
  const stops = await stopAll(world, receivers);
  provider.end();
  await world.runFor(settlingMs);
  const downTimes = [...receivers.flatMap((receiver) => receiver.downTimes), ...cuts];
  // The first down time is that of the start, the last one that of the end.
  const isOneProcess = receivers.length === 1 && receivers[0]?.downTimes.length === 2;
  const mayReject = faults.some(({ kind }) => kind === 'records rejected');
  const { violations, counts } = judgeRound({ log, store, downTimes, mayReject, isOneProcess });
  return {
    violations: [
      ...violations,
      ...recovery,
      ...stops,
      ...world.uncaught.map((error) => ({ kind: 'uncaught' as const, text: error.message })),
    ],
    counts,
    virtualMs: world.now(),
    trace: world.trace.toText(),
    digest: world.trace.digest(),
  };
}

/** SIGTERM for each; all have to end in time, with 0. */
async function stopAll(
  world: RunningWorld,
  receivers: readonly SupervisedReceiver[],
): Promise<SimulationViolation[]> {
  const stoppedAt = world.now();
  for (const receiver of receivers) {
    receiver.terminate();
  }
  while (receivers.some((receiver) => receiver.isUp()) && world.now() - stoppedAt < stopLimitMs) {
    await world.runFor(pollMs);
  }
  return receivers.flatMap(({ name, isUp, exitCodes }) => [
    ...(isUp() ? [{ kind: 'exit' as const, text: `${name} does not end` }] : []),
    ...exitCodes
      .filter((code) => code !== 0)
      .map((code) => ({ kind: 'exit' as const, text: `${name} ended with ${code}` })),
  ]);
}
