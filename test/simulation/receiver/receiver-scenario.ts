import type { SentRequest } from '../../faults/traffic/traffic-log.ts';
import { servesLimitMs } from '../../faults/wait-for-recovery.ts';
import { isDiskFault, planDiskFault, strikeDisk } from '../disk/disk-faults.ts';
import { applyReceiverFault, isReceiverFault, planReceiverFaults } from '../faults/receiver-faults.ts';
import { lastingMs, scheduleFaults } from '../faults/schedule-faults.ts';
import { judgeSpooling } from '../judge/judge-calm.ts';
import { judgeRound } from '../judge/judge-round.ts';
import { judgeReadiness, judgeStaying, watchReadiness } from '../judge/watch-readiness.ts';
import { watchRecovery } from '../judge/watch-recovery.ts';
import type { Network } from '../network/network.ts';
import { openNetwork } from '../network/open-network.ts';
import { routedAfterMs, startBalancer } from '../provider/balancer.ts';
import { NetworkAgent } from '../provider/network-agent.ts';
import { startProvider } from '../provider/simulated-provider.ts';
import type {
  Fault,
  FaultSpan,
  Registration,
  RoundOutcome,
  RoundSettings,
  Scenario,
  SimulatedStore,
  SimulationViolation,
  StoreScenario,
} from '../scenario.ts';
import { createRandom } from '../world/random.ts';
import { type RunningWorld, startWorld } from '../world/world.ts';
import { createReadinessProbe } from './readiness-probe.ts';
import { openSpoolDisk } from './spool-disk.ts';
import type { SupervisedProcess } from './supervised-process.ts';
import { ports, superviseReceiver } from './supervised-receiver.ts';

const usualRegistration: Registration = {
  name: 'default',
  path: '/webhook',
  secret: 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13',
  keyPrefix: '',
};
/** The first process listens by then. */
const startMs = 100;
/** Its store takes records by then. */
const startedMs = 1_800;
/** After everything is well again: for so long nothing has a cause. */
const calmMs = 4_000;
const faultsEndMs = 40_000;
/** What a healed store needs by itself: replicas that catch up, nodes that find each other. */
const settlingMs = 3_000;
/** The next process waits for the directory of a killed one. */
const leaseMs = 10_000;
const pollMs = 250;
/** After the last delivery. */
const [drainedMs, readToEndMs] = [30_000, 90_000];
const cutMs = 10;

/** Rounds of the receiver in front of a store: provider, one or two receivers, the store's servers, and faults of all of them. */
export function createReceiverScenario(store: StoreScenario): Scenario {
  return {
    name: store.name,
    load: store.load,
    planFaults(seed) {
      const random = createRandom(seed + planSeed);
      const span = { fromMs: random.chance(0.3) ? 1 : 2_000, toMs: faultsEndMs };
      const passing = [
        ...store.planFaults(random, span),
        ...planReceiverFaults(random, span, namesOf(seed)),
        ...(store.planStory?.(random, span) ?? []),
      ];
      if (hasSpool(store, seed) && random.chance(0.3)) {
        passing.push(planDiskFault(random, span));
      }
      const usual = random.chance(0.3) ? store.planLasting?.(random, span) : undefined;
      const lasting =
        (settingsOf(store, seed).hasTwoRegistrations && planTopicLoss(store, seed, span)) || usual;
      return [
        ...passing.filter(({ target, forMs }) => forMs === 0 || target !== lasting?.target),
        ...(lasting === undefined ? [] : [lasting]),
      ].toSorted((one, other) => one.atMs - other.atMs);
    },
    runRound: (seed, faults) => runRound(store, seed, faults),
  };
}

/** So that the faults are not the first numbers of the world. */
const planSeed = 2 ** 40;
const [balanceSeed, spoolSeed, registrationSeed] = [2 ** 41, 2 ** 42, 2 ** 43];

/** Drawn from another source: rounds of other settings stay as they are. */
function settingsOf({ planTopicLoss: plan, mayRunCommands }: StoreScenario, seed: number): RoundSettings {
  const commandSeed = seed + 2 ** 44;
  const runsCommands = mayRunCommands === true && createRandom(commandSeed).chance(0.3);
  return {
    hasTwoRegistrations: plan !== undefined && createRandom(seed + registrationSeed).chance(0.3),
    commandSeed: runsCommands ? commandSeed : undefined,
  };
}

function planTopicLoss(store: StoreScenario, seed: number, span: FaultSpan): Fault | undefined {
  const random = createRandom(seed - registrationSeed);
  return random.chance(0.7) ? store.planTopicLoss?.(random, span) : undefined;
}

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
  const store = scenario.start(world, network, settingsOf(scenario, seed));
  const { registrations = [usualRegistration] } = store;
  const names = namesOf(seed);
  using spools = hasSpool(scenario, seed) ? openSpoolDisk(world, names) : undefined;
  const receivers = names.map((name) =>
    superviseReceiver({
      ...{ world, name, startProcess: spools?.start },
      env: {
        ...store.env,
        ...spools?.env(name),
        ...(store.registrations === undefined && { WEBHOOK_SECRET: usualRegistration.secret }),
      },
    }),
  );
  const probes = receivers.map(({ name }) => createReadinessProbe(network, name));
  // Drawn from another source: in the other rounds deliveries come to a receiver whatever it says.
  const isBalanced = createRandom(seed + balanceSeed).chance(0.5);
  const isReady = isBalanced ? startBalancer(world, network, names) : () => true;
  const cuts: { from: number; to: number; isKilled: true }[] = [];
  const targets = receivers.map((receiver) => ({
    name: receiver.name,
    port: ports.public,
    agent: new NetworkAgent(network, { host: receiver.name, port: ports.public }),
    isRouted: () => receiver.isServing(),
    isReady: () => isReady(receiver.name),
  }));
  const samples = names.map((name) => watchReadiness(world, createReadinessProbe(network, name)));
  await world.runFor(startMs);
  const provider = startProvider({ world, targets, registrations, waitingSenders: 3 });
  const healedMs = scheduleFaults(
    world,
    faults,
    (fault) =>
      applyReceiverFault(fault, {
        ...{ world, receivers },
        linkOf: (name) => network.link(`${name}:${ports.public}`),
        onCut: () => cuts.push({ from: world.now(), to: world.now() + cutMs, isKilled: true }),
      }) ?? (isDiskFault(fault) ? strikeDisk(fault, spools?.machine.disk, world) : store.apply(fault)),
  );
  const mayReject = faults.some(({ kind }) => kind === 'records rejected');
  await world.runFor(healedMs + settlingMs + (mayReject ? (scenario.remembersMs ?? 0) : 0));
  const { log } = provider;
  const recovery = await watchRecovery({
    ...{ world, log, probes },
    isGone: (key) => store.needsWhatIsGone?.(key) === true,
    servesLimitMs:
      (scenario.servesLimitMs ?? servesLimitMs) +
      (isBalanced ? routedAfterMs : 0) +
      (spools !== undefined && faults.some(({ kind }) => kind === 'receiver killed') ? leaseMs : 0),
  });
  const recoveredMs = world.now();
  await world.runFor(calmMs + Math.max(0, (scenario.unnoticedMs?.(faults) ?? 0) - recoveredMs));
  const calm = [
    {
      fromMs: isBalanced ? startedMs + routedAfterMs : startedMs,
      toMs: Math.min(recoveredMs, ...faults.map(({ atMs }) => atMs)),
    },
    ...(recovery.length === 0 ? [{ fromMs: world.now() - calmMs, toMs: world.now() }] : []),
  ];
  const tooMany = judgeConnections(network, store, names.length);
  provider.stopSending();
  const left = await spools?.drain(drainedMs);
  const lack = await findLack(world, store);
  const stops = await stopAll(world, receivers);
  provider.end();
  await world.runFor(settlingMs);
  const downTimes = [...receivers.flatMap((receiver) => receiver.downTimes), ...cuts];
  // The first down time is that of the start, the last one that of the end.
  const isOneProcess = receivers.length === 1 && receivers[0]?.downTimes.length === 2;
  const spooled = await spools?.readIds();
  const { violations, counts } = judgeRound({
    ...{ log, store, downTimes, mayReject, isOneProcess, spooled, calm },
  });
  // A process that is told of fewer partitions as it starts knows no others, and has keys go elsewhere.
  const isMisled = faults.some(
    ({ kind, atMs, forMs }) =>
      kind === 'odd metadata' &&
      downTimes.some(({ from, to }) => from < startMs + atMs + forMs && to > startMs + atMs),
  );
  const isGone = ({ events }: SentRequest) => events.some(({ key }) => store.needsWhatIsGone?.(key) === true);
  const reachable = log.requests.filter((each) => !isGone(each));
  const hasLasting = faults.some(({ forMs }) => forMs === lastingMs);
  return {
    violations: [
      ...violations.filter(({ kind }) => kind !== 'key' || !isMisled),
      ...recovery,
      ...tooMany,
      ...(spools !== undefined &&
      !mayReject &&
      faults.every((each) => !isDiskFault(each) && !isReceiverFault(each))
        ? judgeSpooling(log, isBalanced ? startedMs + routedAfterMs : startedMs)
        : []),
      ...receivers.flatMap(({ downTimes: own }, index) => judgeStaying(samples[index] ?? [], own)),
      // Whom of several, or the balancer, a delivery met is not kept. A store that rejects dead letters too takes nothing.
      ...(isBalanced || names.length > 1 || mayReject
        ? []
        : samples.flatMap((each) => judgeReadiness(each, reachable))),
      ...(lack === undefined ? [] : [{ kind: 'not live again' as const, text: lack }]),
      ...(left === undefined || left === 0 || hasLasting
        ? []
        : [{ kind: 'not live again' as const, text: `${left} segments are left in spools` }]),
      ...stops,
      ...world.uncaught.map((error) => ({ kind: 'uncaught' as const, text: error.message })),
    ],
    counts,
    virtualMs: world.now(),
    trace: world.trace,
    digest: world.trace.digest(),
  };
}

function hasSpool({ maySpool }: StoreScenario, seed: number): boolean {
  return maySpool === true && createRandom(seed + spoolSeed).chance(0.4);
}

/** Well again, each process has as many connections to a server as it needs: none that it gave up is left. */
function judgeConnections(
  network: Network,
  { addresses, mostConnections }: SimulatedStore,
  receiverCount: number,
): SimulationViolation[] {
  const counts = addresses.map((address) => network.link(address).connectionCount);
  const most = mostConnections.ofReceiver * receiverCount + (mostConnections.others ?? 0);
  return counts.some((count) => count > most)
    ? [{ kind: 'without a cause', text: `${counts.join(', ')} connections to the servers` }]
    : [];
}

/** Whoever reads the store on and on gets to its end. @returns what is lacking when the time is over */
async function findLack(world: RunningWorld, store: SimulatedStore): Promise<string | undefined> {
  const untilMs = world.now() + readToEndMs;
  for (;;) {
    const lack = await store.findLack?.();
    if (lack === undefined || world.now() > untilMs) {
      return lack;
    }
    await world.runFor(pollMs);
  }
}

/** SIGTERM for each; all have to end in time, with 0. */
async function stopAll(
  world: RunningWorld,
  receivers: readonly SupervisedProcess[],
): Promise<SimulationViolation[]> {
  for (const receiver of receivers) {
    receiver.terminate();
  }
  while (receivers.some((receiver) => receiver.isUp())) {
    await world.runFor(pollMs);
  }
  return receivers.flatMap(({ faults }) => faults.map((text) => ({ kind: 'exit' as const, text })));
}
