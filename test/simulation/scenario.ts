import type { Env } from '../../src/runtime/config-error.ts';
import type { Violation } from '../faults/verdict/judge.ts';
import type { Judges } from '../faults/verdict/run-judges.ts';
import type { StoredRecord } from '../support/kafka/read-topic.ts';
import type { Network } from './network/network.ts';
import type { Random } from './world/random.ts';
import type { Trace } from './world/trace.ts';
import type { World } from './world/world.ts';

/**
 * A fault, represented as data. The seed determines all faults before the round, so that a shorter list of faults can
 * be tried.
 */
export interface Fault {
  /** Kind of the fault, from a fixed set of the scenario. The report counts faults by kind. */
  readonly kind: string;
  /** Target of the fault: an address, a broker, a queue or a file. */
  readonly target: string;
  /** Start of the fault in virtual milliseconds since the start of the round. */
  readonly atMs: number;
  /** Duration of the fault. The value is 0 if the fault ends immediately, and `lastingMs` if the fault never heals. */
  readonly forMs: number;
  /** Amount that the fault uses: a number of bytes, a delay or an error code. */
  readonly amount?: number;
}

/** Period in which faults may happen, in virtual milliseconds. */
export interface FaultSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** URL to which a provider posts, and the properties that identify its events. */
export interface Registration {
  readonly name: string;
  readonly path: string;
  readonly secret: string;
  /** Prefix of the entity keys in the provider's events. */
  readonly keyPrefix: string;
}

/** Settings that only some rounds use. */
export interface RoundSettings {
  /** Whether the round has two registrations with separate topics. */
  readonly hasTwoRegistrations: boolean;
  /** Seed of the commands that a simulated person runs. `undefined` if the round has no commands. */
  readonly commandSeed: number | undefined;
  /** Whether records in Kafka are compressed. The compression uses zstd, whose output is equal on every machine. */
  readonly isCompressed: boolean;
}

/** The store servers of one round. */
export interface SimulatedStore {
  /** Addresses of the store servers. */
  readonly addresses: readonly string[];
  /** Maximum connections of one process to each server. */
  readonly mostConnections: { readonly ofReceiver: number; readonly others?: number };
  /** Environment variables that make the receiver use the store. */
  readonly env: Env;
  /** Registrations with separate variables. If absent, the round has the default registration. */
  readonly registrations?: readonly Registration[] | undefined;
  /** Applies a fault of this store. @returns a function that heals the fault */
  apply(fault: Fault): () => void;
  /** Returns all records that would survive a power loss, in the order of each partition. */
  events(): readonly StoredRecord[];
  deadLetters(): readonly StoredRecord[];
  /** Number of partitions. `undefined` if the store has no partitions. */
  readonly partitionCount: number | undefined;
  /** Whether a permanent fault has removed a resource that records with this key need. */
  needsWhatIsGone?(key: string): boolean;
  /**
   * Finds records that continuous readers of the store have not processed. `undefined` if nothing is missing. The
   * runner calls this function repeatedly after the last delivery.
   */
  findLack?(): Promise<string | undefined>;
  /** Additional checks at the end of the round, long after all faults have healed. */
  readonly judges?: Judges<void, Violation | SimulationViolation>;
}

/** A store that the simulation runs as the receiver's store. */
export interface StoreScenario {
  readonly name: string;
  /** Loads all modules that a round needs. If a module were loaded in virtual time, it would wait for the real disk. */
  load(): Promise<void>;
  /**
   * Plans the faults of a round. The scenario decides their number and distribution, because these decide which defects
   * are found.
   */
  planFaults(random: Random, span: FaultSpan): readonly Fault[];
  /**
   * Plans combinations of faults that random planning creates once in thousands of rounds. Only some rounds have such a
   * combination, which is drawn after all other faults.
   */
  planStory?(random: Random, span: FaultSpan): readonly Fault[];
  /** Plans one permanent fault. It is drawn after all other faults, which do not affect its target. */
  planLasting?(random: Random, span: FaultSpan): Fault;
  /** Plans the fault of a round with two registrations. This fault is usually permanent. */
  planTopicLoss?(random: Random, span: FaultSpan): Fault;
  /** Whether a simulated person runs commands in some rounds. */
  readonly mayRunCommands?: true;
  /** Whether receivers have a spool in some rounds. */
  readonly maySpool?: true;
  start(world: World, network: Network, settings: RoundSettings): SimulatedStore;
}

/** Outcome of a round. */
export interface RoundOutcome {
  readonly violations: readonly (Violation | SimulationViolation)[];
  readonly virtualMs: number;
  /** Counts for the totals in the report, by name: deliveries, acknowledged events and stored records. */
  readonly counts: Readonly<Record<string, number>>;
  readonly trace: Trace;
  readonly digest: string;
}

/** A violation that only a simulation can detect. */
export interface SimulationViolation {
  readonly kind:
    | 'command'
    | 'exit'
    | 'lost'
    | 'not live again'
    | 'uncaught'
    | 'stands still'
    | 'without a cause';
  readonly text: string;
}

/**
 * A scenario that the runner repeats, shrinks and counts. `createReceiverScenario` creates a scenario for each store.
 * Other scenarios, such as the revision filter scenario, implement their own rounds.
 */
export interface Scenario {
  readonly name: string;
  load(): Promise<void>;
  planFaults(seed: number): readonly Fault[];
  /** Runs a round. The same seed and the same faults always produce the same outcome. */
  runRound(seed: number, faults: readonly Fault[]): Promise<RoundOutcome>;
}
