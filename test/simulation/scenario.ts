import type { Env } from '../../src/runtime/config-error.ts';
import type { Violation } from '../faults/verdict/judge.ts';
import type { Judges } from '../faults/verdict/run-judges.ts';
import type { StoredRecord } from '../support/kafka/read-topic.ts';
import type { Network } from './network/network.ts';
import type { Random } from './world/random.ts';
import type { Trace } from './world/trace.ts';
import type { World } from './world/world.ts';

/** Something that goes wrong, as data: made from the seed before the round, so that a shorter list can be tried. */
export interface Fault {
  /** Of a closed set of its scenario's; counted in the report. */
  readonly kind: string;
  /** What it happens to: an address, a broker, a queue, a file. */
  readonly target: string;
  /** Virtual milliseconds since the start of the round. */
  readonly atMs: number;
  /** How long it lasts; 0 for what is over at once, `lastingMs` for what never heals. */
  readonly forMs: number;
  /** How much of it: bytes, a delay, an error code. */
  readonly amount?: number;
}

/** When faults may happen, in virtual milliseconds. */
export interface FaultSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where a provider posts, and what tells its events from those of others. */
export interface Registration {
  readonly name: string;
  readonly path: string;
  readonly secret: string;
  /** What the keys of its events begin with. */
  readonly keyPrefix: string;
}

/** What some rounds have beside the rest. */
export interface RoundSettings {
  /** Each with its topics. */
  readonly hasTwoRegistrations: boolean;
  /** Somebody runs commands, drawn from it. */
  readonly commandSeed: number | undefined;
  /** What is written to Kafka is compressed: by zstd, which gives the same bytes on every machine. */
  readonly isCompressed: boolean;
}

/** The servers of one round. */
export interface SimulatedStore {
  /** Of its servers. */
  readonly addresses: readonly string[];
  /** To each of them, by one process. */
  readonly mostConnections: { readonly ofReceiver: number; readonly others?: number };
  /** Variables that let the receiver use the store. */
  readonly env: Env;
  /** With variables of their own; without them there is the usual one. */
  readonly registrations?: readonly Registration[] | undefined;
  /** Lets a fault of this store happen. @returns heals it */
  apply(fault: Fault): () => void;
  /** Everything that the store would still have after a power cut, in the order of each partition. */
  events(): readonly StoredRecord[];
  deadLetters(): readonly StoredRecord[];
  /** `undefined` where there are no partitions. */
  readonly partitionCount: number | undefined;
  /** A fault that never heals has taken what records with this key need. */
  needsWhatIsGone?(key: string): boolean;
  /** It may refuse a record and take the next one: both are sent again. */
  readonly refusesSingly?: true;
  /** What who reads the store on and on has not done; `undefined` for nothing. Asked again and again after the last delivery. */
  findLack?(): Promise<string | undefined>;
  /** What else has to hold at the end of the round, when all faults have healed for long. */
  readonly judges?: Judges<void, Violation | SimulationViolation>;
}

/** A store as the simulation runs it behind the receiver. */
export interface StoreScenario {
  readonly name: string;
  /** Loads all modules that a round needs: what is loaded while time is virtual waits for the real disk. */
  load(): Promise<void>;
  /** The faults of a round: how many and how spread is the scenario's own, for it decides what is found. */
  planFaults(random: Random, span: FaultSpan): readonly Fault[];
  /** In some rounds, besides: what chance alone brings together once in thousands. Drawn after all others. */
  planStory?(random: Random, span: FaultSpan): readonly Fault[];
  /** One fault that never heals. Drawn after all others, which leave its target alone. */
  planLasting?(random: Random, span: FaultSpan): Fault;
  /** In some rounds there are two registrations, and mostly this fault never heals. */
  planTopicLoss?(random: Random, span: FaultSpan): Fault;
  /** In some rounds somebody runs commands. */
  readonly mayRunCommands?: true;
  /** In some rounds receivers have a spool before it. */
  readonly maySpool?: true;
  /** Within so long after the last fault a delivery is taken; without it within that of the real faults. */
  readonly servesLimitMs?: number;
  /** A limit that has made it reject records is believed for so long. */
  readonly remembersMs?: number;
  /** Until then a connection that nobody uses may have ended without a sign. */
  unnoticedMs?(faults: readonly Fault[]): number;
  start(world: World, network: Network, settings: RoundSettings): SimulatedStore;
}

/** How a round has ended. */
export interface RoundOutcome {
  readonly violations: readonly (Violation | SimulationViolation)[];
  readonly virtualMs: number;
  /** For the totals of a report, by name: deliveries, acknowledged events, stored records. */
  readonly counts: Readonly<Record<string, number>>;
  readonly trace: Trace;
  readonly digest: string;
}

/** What only a simulation can judge. */
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
 * What the runner repeats, shrinks and counts. `createReceiverScenario` makes one of each store; others, such as that of the
 * revision filter, have rounds of their own.
 */
export interface Scenario {
  readonly name: string;
  load(): Promise<void>;
  planFaults(seed: number): readonly Fault[];
  /** The same seed and faults give the same outcome. */
  runRound(seed: number, faults: readonly Fault[]): Promise<RoundOutcome>;
}
