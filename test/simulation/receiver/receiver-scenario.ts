import { servesLimitMs } from '../../faults/wait-for-recovery.ts';
import { isDiskFault, planDiskFault, strikeDisk } from '../disk/disk-faults.ts';
import { applyReceiverFault, isReceiverFault, planReceiverFaults } from '../faults/receiver-faults.ts';
import { lastingMs, scheduleFaults } from '../faults/schedule-faults.ts';
import type { RoundEvidence } from '../judge/evidence.ts';
import { judgeRound } from '../judge/judge-round.ts';
import { watchReadiness } from '../judge/watch-readiness.ts';
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
/** Time from the start of the round until the first process accepts connections. */
const startMs = 100;
/** Time from the start of the round until the store of the first process accepts records. */
const startedMs = 1_800;
/** Duration of the period after recovery in which no fault happens and every delivery must succeed. */
const calmMs = 4_000;
const faultsEndMs = 40_000;
/** Time that a healed store needs for its replicas to catch up and its nodes to reconnect. */
const settlingMs = 3_000;
/** Time for which a new process waits before it takes over the directory of a killed process. */
const leaseMs = 10_000;
const pollMs = 250;
/** Time limits, after the last delivery, for draining the spools and for reading the store to its end. */
const [drainedMs, readToEndMs] = [30_000, 90_000];
const cutMs = 10;

/**
 * Creates rounds in which a receiver writes to a store. A round has a provider, one or two receivers, the servers of
 * the store, and faults of all of them.
 *
 * @param judge replaces the default rule checks in tests that inspect the evidence
 */
export function createReceiverScenario(store: StoreScenario, judge = judgeRound): Scenario {
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
    runRound: (seed, faults) => runRound(store, seed, faults, judge),
  };
}

/** Uses separate random numbers for faults and for everything else in the round. */
const planSeed = 2 ** 40;
const [balanceSeed, spoolSeed, registrationSeed, compressionSeed] = [2 ** 41, 2 ** 42, 2 ** 43, 2 ** 45];

/** Draws the settings from separate random numbers, so that a new setting does not change existing rounds. */
function settingsOf({ planTopicLoss: plan, mayRunCommands }: StoreScenario, seed: number): RoundSettings {
  const commandSeed = seed + 2 ** 44;
  const runsCommands = mayRunCommands === true && createRandom(commandSeed).chance(0.3);
  return {
    hasTwoRegistrations: plan !== undefined && createRandom(seed + registrationSeed).chance(0.3),
    commandSeed: runsCommands ? commandSeed : undefined,
    isCompressed: createRandom(seed + compressionSeed).chance(0.2),
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
  judge: (evidence: RoundEvidence) => ReturnType<typeof judgeRound>,
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
  // This value also comes from separate random numbers. Without a balancer, receivers get deliveries even while they
  // are not ready.
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
  await world.runFor(healedMs + settlingMs);
  const { log } = provider;
  const recoveryLack = await watchRecovery({
    ...{ world, log, probes },
    isGone: (key) => store.needsWhatIsGone?.(key) === true,
    servesLimitMs:
      servesLimitMs +
      (isBalanced ? routedAfterMs : 0) +
      (spools !== undefined && faults.some(({ kind }) => kind === 'receiver killed') ? leaseMs : 0),
  });
  const recoveredMs = world.now();
  const takenFromMs = isBalanced ? startedMs + routedAfterMs : startedMs;
  await world.runFor(calmMs);
  const calm = [
    {
      fromMs: takenFromMs,
      toMs: Math.min(recoveredMs, ...faults.map(({ atMs }) => atMs)),
    },
    ...(recoveryLack === undefined ? [{ fromMs: world.now() - calmMs, toMs: world.now() }] : []),
  ];
  const connections = countConnections(network, store, names.length);
  provider.stopSending();
  const left = await spools?.drain(drainedMs);
  const readersLack = await findLack(world, store);
  await stopAll(world, receivers);
  provider.end();
  await world.runFor(settlingMs);
  const downTimes = [...receivers.flatMap((receiver) => receiver.downTimes), ...cuts];
  // The first downtime is the time before the process starts, and the last one is the time after it ends.
  const isOneProcess = receivers.length === 1 && receivers[0]?.downTimes.length === 2;
  const spooled = await spools?.readIds();
  const hasLasting = faults.some(({ forMs }) => forMs === lastingMs);
  const hasSoundSpool =
    spools !== undefined &&
    !mayReject &&
    faults.every((each) => !isDiskFault(each) && !isReceiverFault(each));
  const getsAll = !isBalanced && names.length === 1 && !mayReject;
  return {
    ...judge({
      ...{ log, downTimes, mayReject, isOneProcess, spooled, calm, connections, recoveryLack, readersLack },
      stored: store.events(),
      deadLetters: store.deadLetters(),
      partitionCount: store.partitionCount,
      isGone: (key) => store.needsWhatIsGone?.(key) === true,
      isMisled: faults.some(
        ({ kind, atMs, forMs }) =>
          kind === 'odd metadata' &&
          downTimes.some(({ from, to }) => from < startMs + atMs + forMs && to > startMs + atMs),
      ),
      spoolsFromMs: hasSoundSpool ? takenFromMs : undefined,
      segmentsLeft: hasLasting ? 0 : (left ?? 0),
      // `getsAll` is set only if a single receiver gets all deliveries, because the trace does not record which
      // receiver handled a delivery. It also requires a store that accepts dead letters.
      processes: receivers.map((receiver, index) => ({
        ...{ samples: samples[index] ?? [], downTimes: receiver.downTimes, faults: receiver.faults, getsAll },
      })),
      uncaught: world.uncaught,
      ofStore: store.judges ?? {},
    }),
    virtualMs: world.now(),
    trace: world.trace,
    digest: world.trace.digest(),
  };
}

function hasSpool({ maySpool }: StoreScenario, seed: number): boolean {
  return maySpool === true && createRandom(seed + spoolSeed).chance(0.4);
}

function countConnections(
  network: Network,
  { addresses, mostConnections }: SimulatedStore,
  receiverCount: number,
): RoundEvidence['connections'] {
  return {
    counts: addresses.map((address) => network.link(address).connectionCount),
    most: mostConnections.ofReceiver * receiverCount + (mostConnections.others ?? 0),
  };
}

/**
 * Waits until continuous readers of the store reach its end.
 * @returns the records that are still missing at the time limit
 */
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

/** Sends SIGTERM to all receivers. */
async function stopAll(world: RunningWorld, receivers: readonly SupervisedProcess[]): Promise<void> {
  for (const receiver of receivers) {
    receiver.terminate();
  }
  while (receivers.some((receiver) => receiver.isUp())) {
    await world.runFor(pollMs);
  }
}
