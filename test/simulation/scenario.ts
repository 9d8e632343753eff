import type { Env } from '../../src/runtime/config-error.ts';
import type { Violation } from '../faults/verdict/judge.ts';
import type { Judges } from '../faults/verdict/run-judges.ts';
import type { StoredRecord } from '../support/kafka/read-topic.ts';
import type { Network } from './network/network.ts';
import type { Random } from './world/random.ts';
import type { Trace } from './world/trace.ts';
import type { World } from './world/world.ts';

/** A fault as data. Faults are generated from the seed before the round, so that a shorter list can be tried. */
export interface Fault {
  /** Kind, from a fixed set of the scenario. The report counts it. */
  readonly kind: string;
  /** Target: an address, a broker, a queue or a file. */
  readonly target: string;
  /** Start in virtual milliseconds since the start of the round. */
  readonly atMs: number;
  /** Duration. 0 if it is over immediately, and `lastingMs` if it never heals. */
  readonly forMs: number;
  /** Amount: bytes, a delay or an error code. */
  readonly amount?: number;
}

/** Span in which faults may happen, in virtual milliseconds. */
export interface FaultSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where a provider posts, and how to recognise its events. */
export interface Registration {
  readonly name: string;
  readonly path: string;
  readonly secret: string;
  /** Prefix of the keys of its events. */
  readonly keyPrefix: string;
}

/** Settings that only some rounds have. */
export interface RoundSettings {
  /** Whether there are two registrations with topics of their own. */
  readonly hasTwoRegistrations: boolean;
  /** Seed of the commands that somebody runs. `undefined` if nobody does. */
  readonly commandSeed: number | undefined;
  /** Whether records in Kafka are compressed. It uses zstd, whose output is equal on every machine. */
  readonly isCompressed: boolean;
}

/** The servers of one round. */
export interface SimulatedStore {
  /** Addresses of its servers. */
  readonly addresses: readonly string[];
  /** Maximum connections of one process to each server. */
  readonly mostConnections: { readonly ofReceiver: number; readonly others?: number };
  /** Environment variables with which the receiver uses the store. */
  readonly env: Env;
  /** Registrations with variables of their own. If absent, there is the usual one. */
  readonly registrations?: readonly Registration[] | undefined;
  /** Applies a fault of this store. @returns a function that heals it */
  apply(fault: Fault): () => void;
  /** Returns everything that would survive a power loss, in the order of each partition. */
  events(): readonly StoredRecord[];
  deadLetters(): readonly StoredRecord[];
  /** `undefined` if there are no partitions. */
  readonly partitionCount: number | undefined;
  /** Whether a permanent fault has removed what records with this key need. */
  needsWhatIsGone?(key: string): boolean;
  /** Whether the store may reject a record and accept the next one, so that both are sent again. */
  readonly refusesSingly?: true;
  /**
   * Finds what continuous readers of the store have not done. `undefined` if nothing is missing. Called repeatedly
   * after the last delivery.
   */
  findLack?(): Promise<string | undefined>;
  /** What else must hold at the end of the round, long after all faults have healed. */
  readonly judges?: Judges<void, Violation | SimulationViolation>;
}

/** A store that the simulation runs behind the receiver. */
export interface StoreScenario {
  readonly name: string;
  /** Loads all modules that a round needs. Loading while time is virtual would wait for the real disk. */
  load(): Promise<void>;
  /** Plans the faults of a round. Number and distribution are up to the scenario, because they decide what is found. */
  planFaults(random: Random, span: FaultSpan): readonly Fault[];
  /** Plans, for some rounds, combinations that chance alone creates once in thousands. Drawn after all others. */
  planStory?(random: Random, span: FaultSpan): readonly Fault[];
  /** Plans one permanent fault. Drawn after all other faults, which leave its target alone. */
  planLasting?(random: Random, span: FaultSpan): Fault;
  /** Plans the fault of rounds with two registrations. It is usually permanent. */
  planTopicLoss?(random: Random, span: FaultSpan): Fault;
  /** Whether somebody runs commands in some rounds. */
  readonly mayRunCommands?: true;
  /** Whether receivers have a spool in some rounds. */
  readonly maySpool?: true;
  /** Maximum time until a delivery is accepted after the last fault. By default that of the real faults. */
  readonly servesLimitMs?: number;
  /** Time for which a size limit that caused a rejection is remembered. */
  readonly remembersMs?: number;
  /** Returns the time until which an unused connection may be dead without notice. */
  unnoticedMs?(faults: readonly Fault[]): number;
  start(world: World, network: Network, settings: RoundSettings): SimulatedStore;
}

/** Outcome of a round. */
export interface RoundOutcome {
  readonly violations: readonly (Violation | SimulationViolation)[];
  readonly virtualMs: number;
  /** Counts for the report's totals, by name: deliveries, acknowledged events, stored records. */
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
 * A scenario that the runner repeats, shrinks and counts. `createReceiverScenario` creates one for each store. Others,
 * such as that of the revision filter, have rounds of their own.
 */
export interface Scenario {
  readonly name: string;
  load(): Promise<void>;
  planFaults(seed: number): readonly Fault[];
  /** Runs a round. The same seed and faults give the same outcome. */
  runRound(seed: number, faults: readonly Fault[]): Promise<RoundOutcome>;
}
