import type { Env } from '../../src/runtime/config-error.ts';
import type { Violation } from '../faults/verdict/judge.ts';
import type { Judges } from '../faults/verdict/run-judges.ts';
import type { StoredRecord } from '../support/kafka/read-topic.ts';
import type { Network } from './network/network.ts';
import type { Random } from './world/random.ts';
import type { Trace } from './world/trace.ts';
import type { World } from './world/world.ts';

/**
 * A fault as plain data. The seed determines all faults before the round starts, so the same round can be repeated with
 * fewer faults.
 */
export interface Fault {
  /** Kind of the fault, from a fixed set of the scenario. The report counts faults by kind. */
  readonly kind: string;
  /** Target of the fault: an address, a broker, a queue or a file. */
  readonly target: string;
  /** Start of the fault in virtual milliseconds since the start of the round. */
  readonly atMs: number;
  /** Duration of the fault. The value is 0 for an instantaneous fault, and `lastingMs` for a fault that never heals. */
  readonly forMs: number;
  /** Parameter of the fault: a number of bytes, a delay or an error code. */
  readonly amount?: number;
}

/** Period in which faults may happen, in virtual milliseconds. */
export interface FaultSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A webhook registration: the URL to which the provider posts, and the properties that identify its events. */
export interface Registration {
  readonly name: string;
  readonly path: string;
  readonly secret: string;
  /** Prefix of the entity keys in the provider's events. */
  readonly keyPrefix: string;
}

/** Optional settings, which only some rounds use. */
export interface RoundSettings {
  /** Whether the round has two registrations with separate topics. */
  readonly hasTwoRegistrations: boolean;
  /** Seed of the commands that a simulated operator runs. `undefined` if the operator runs no commands. */
  readonly commandSeed: number | undefined;
  /** Whether records in Kafka are compressed. The compression uses zstd, whose output is equal on every machine. */
  readonly isCompressed: boolean;
}

/** The store servers of one round. */
export interface SimulatedStore {
  /** Addresses of the store servers. */
  readonly addresses: readonly string[];
  /** Maximum number of connections from one process to each server. */
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
   * Describes records that continuous readers of the store have not processed yet. `undefined` if none are missing. The
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
   * Plans combinations of faults that random planning would create only once in thousands of rounds. Only some rounds
   * have such a combination. Its random numbers are drawn after those of all other faults.
   */
  planStory?(random: Random, span: FaultSpan): readonly Fault[];
  /**
   * Plans one permanent fault. Its random numbers are drawn after those of all other faults. The other faults do not
   * affect its target.
   */
  planLasting?(random: Random, span: FaultSpan): Fault;
  /** Plans the fault of a round with two registrations. This fault is usually permanent. */
  planTopicLoss?(random: Random, span: FaultSpan): Fault;
  /** Whether a simulated operator runs commands in some rounds. */
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

/** A rule violation that only a simulation can detect. */
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
 * A scenario whose rounds the runner repeats, shrinks and counts. `createReceiverScenario` creates one for each store.
 * Other scenarios, such as the revision filter scenario, implement their own rounds.
 */
export interface Scenario {
  readonly name: string;
  load(): Promise<void>;
  planFaults(seed: number): readonly Fault[];
  /** Runs a round. The same seed and the same faults always produce the same outcome. */
  runRound(seed: number, faults: readonly Fault[]): Promise<RoundOutcome>;
}
