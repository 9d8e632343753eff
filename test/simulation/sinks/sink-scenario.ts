import type { SinkRecord } from '../../../src/ports/sink.ts';
import { noTroubles } from '../disk/disk-troubles.ts';
import { Machine } from '../disk/machine.ts';
import type { Network } from '../network/network.ts';
import { openNetwork } from '../network/open-network.ts';
import { finish } from '../receiver/spool-disk.ts';
import type { Fault, FaultSpan, RoundOutcome, Scenario } from '../scenario.ts';
import { createRandom, type Random } from '../world/random.ts';
import { type RunningWorld, startWorld } from '../world/world.ts';
import { Deliveries } from './deliveries.ts';
import { judgeSink, type StoredIds } from './judge-sink.ts';
import type { OpenSink } from './life.ts';
import { strikeLives } from './life-faults.ts';
import { Lives } from './lives.ts';

/** Sink under test and options for one round. */
export interface SinkRound {
  readonly openSink: OpenSink;
  createRecord(id: string, key: string): SinkRecord;
  /** Returns the number of records in the next delivery. The default is 1 to 3. */
  nextBatchSize?(): number;
  /**
   * Whether records can bypass the directory and be stored elsewhere, so that a record on one path may be stored before
   * an earlier record on the other path.
   */
  readonly hasOtherWay: boolean;
  /** Whether the store has a reason to reject a delivery that contains this record. */
  isOdd(record: SinkRecord): boolean;
  /** Applies a fault that is specific to this test. @returns `false` for any other fault */
  strike(fault: Fault): boolean;
  /** Heals all faults that are specific to this test. */
  heal(): void;
  /** Reads the stored records at the end of the round. @param root path of the simulated disk */
  read(root: string): Promise<StoredIds>;
  /** Makes additional checks while the last process still runs. @returns descriptions of problems */
  judge(root: string): Promise<readonly string[]>;
}

/** A sink on a simulated disk, whose processes are killed, stopped, paused, or run in pairs. */
export interface SinkScenario {
  readonly name: string;
  /** Loads all modules that processes would otherwise load lazily. */
  load?(): Promise<void>;
  planFaults(random: Random, span: FaultSpan): readonly Fault[];
  start(world: RunningWorld, machine: Machine, network: Network): SinkRound;
}

const firstMs = 1_000;
const faultSpan = { fromMs: firstMs, toMs: 60_000 };
/** Longer than any fault, and longer than a process watches a directory before it takes over. */
const afterFaultsMs = 20_000;
const untilLiveMs = 25_000;
const answerMs = 6_000;
const closingMs = 15_000;

/**
 * Creates the scenario.
 *
 * @param judge replaces the default rule checks in tests that inspect the evidence
 */
export function createSinkScenario(
  { name, load, planFaults, start }: SinkScenario,
  judge = judgeSink,
): Scenario {
  async function runOne(seed: number, faults: readonly Fault[]): Promise<RoundOutcome> {
    using world = startWorld(seed);
    using network = openNetwork(world);
    using machine = new Machine(world);
    const round = start(world, machine, network);
    return await runRound({ world, machine, round, faults, judge });
  }

  return {
    name,
    load: async () => load?.(),
    planFaults: (seed) =>
      planFaults(createRandom(seed), faultSpan).toSorted((one, other) => one.atMs - other.atMs),
    runRound: runOne,
  };
}

interface RoundDeps {
  readonly world: RunningWorld;
  readonly machine: Machine;
  readonly round: SinkRound;
  readonly faults: readonly Fault[];
  readonly judge: typeof judgeSink;
}

async function runRound({ world, machine, round, faults, judge }: RoundDeps): Promise<RoundOutcome> {
  const { openSink, createRecord, hasOtherWay, isOdd } = round;
  const lives = new Lives({ world, machine, openSink });
  const nextBatchSize = () => round.nextBatchSize?.() ?? world.random.between(1, 3);
  const deliveries = new Deliveries({ world, lives, createRecord, nextBatchSize, hasOtherWay, isOdd });

  lives.start();
  world.after(firstMs, () => deliveries.begin());
  for (const fault of faults) {
    world.after(fault.atMs, () => round.strike(fault) || strikeLives(fault, { world, machine, lives }));
  }
  await world.runFor(faultSpan.toMs + afterFaultsMs);
  world.note('fault', 'all are over');
  machine.disk.troubles = noTroubles();
  round.heal();
  for (const life of lives.alive) {
    life.resume();
  }
  lives.leaveOne();
  lives.startSoonIfNoneRuns();
  await world.runFor(untilLiveMs);
  const { point } = machine.mount('judge');
  const dead = await findDead(world, lives, deliveries);
  // A process that noticed the takeover late may have written unacknowledged records, which are drained only after the
  // next start.
  const unfinished = lives.someLostDirectory ? [] : await finish(world, round.judge(point));
  lives.leaveOne();
  for (const life of lives.alive) {
    life.stop();
  }
  await world.runFor(closingMs);
  const { attempts, lateAnswers } = deliveries;
  const endless = lives.alive.map(({ name }) => `${name} does not end`);
  const stored = await finish(world, round.read(point));
  const { uncaught } = world;
  return {
    violations: judge({
      ...{ attempts, stored, lives: lives.all, faults, endless, lateAnswers, dead, unfinished, uncaught },
    }),
    virtualMs: world.now(),
    counts: {
      attempts: attempts.length,
      acknowledged: attempts.filter(({ storedMs }) => storedMs !== undefined).length,
    },
    trace: world.trace,
    digest: world.trace.digest(),
  };
}

/** Checks whether the remaining process accepts deliveries, and then ends the deliveries. */
async function findDead(world: RunningWorld, lives: Lives, deliveries: Deliveries): Promise<string[]> {
  const [life, ...others] = lives.alive;
  if (life?.sink === undefined || others.length > 0) {
    return [`${lives.alive.length} processes run, and should be one with a sink`];
  }
  const { up, detail } = life.sink.health();
  let isStored = false;
  deliveries.end();
  deliveries.sendOne(life, (isAcknowledged) => {
    isStored = isAcknowledged;
  });
  await world.runFor(answerMs);
  return [
    ...(up && detail === '' ? [] : [`not well: ${detail}`]),
    ...(isStored ? [] : ['a delivery is not acknowledged']),
  ];
}
