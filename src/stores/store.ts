import type { Registry } from 'prom-client';
import type { TopicNames } from '../config/topic-names.ts';
import type { Filter, FilterRules, PartitionObserver } from '../filter/filter.ts';
import type { CheckResult } from '../ports/check-result.ts';
import type { DeadLetterStore } from '../ports/dead-letter.ts';
import type { ReadBackSampler } from '../ports/read-back.ts';
import type { ReadOptions, RecordSelection, StoredRecord } from '../ports/record-reader.ts';
import type { Sink } from '../ports/sink.ts';
import type { EraseRequest, FoundState } from '../ports/state-eraser.ts';
import type { NewTopicOptions, TopicReport } from '../ports/topics.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** What is wanted of a store, and not every one can. */
export type StoreAbility =
  /** A part of it that takes nothing holds up no other part. */
  | 'parts'
  /** Several processes store at once. */
  | 'writers'
  /** What it does not take goes to a spool meanwhile. */
  | 'spool'
  /** Stored events are shown: `tail`, `find`, `reconcile`. */
  | 'events'
  | 'readBack'
  | 'filter'
  | 'forget'
  | 'topics';

/** What this program does with one kind of store. */
export interface Store {
  /** What it cannot do: why, and what to do instead, as a sentence, with which it refuses. The README's table of stores says the same. */
  readonly cannot: Readonly<Partial<Record<StoreAbility, string>>>;
  createSink(deps: SinkDeps): Promise<Sink>;
  /** For commands, which do not wait for the store for ever. */
  readonly sinkStart: {
    readonly timeoutMs: number;
    /** What to do when the sink has not started by then, as the end of a sentence; may be empty. */
    readonly advice: string;
  };
  openDeadLetters(deps: DeadLettersDeps): Promise<readonly DeadLetterStore[]>;
  /** Throws while it reads. */
  readRecords(
    selection: RecordSelection,
    options: ReadOptions & { readonly logger: Logger },
  ): AsyncIterable<readonly StoredRecord[]>;
  /** Erases latest states; each is passed on when it is erased. */
  eraseStates(request: EraseRequest, logger: Logger): AsyncIterable<FoundState>;
  /** Label and value of each setting, for `check`; never a secret. */
  describe(topics: readonly TopicNames[]): readonly (readonly [string, string])[];
  check(deps: StoreCheckDeps): Promise<readonly CheckResult[]>;
  /** Creates the topics that are missing. */
  ensureTopics(options: EnsureTopicsOptions): Promise<readonly TopicReport[]>;
  openFilter(): Promise<StoreFilter>;
}

/** The revision filter of a store: one that runs until it is stopped, or one that ends. */
export type StoreFilter =
  | { readonly create: (deps: FilterDeps) => Filter }
  | { readonly runOnce: RunFilterOnce };

/** Filters what is stored now, each topic by itself. @returns what to log of each */
export type RunFilterOnce = (
  options: FilterOnceOptions,
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export interface SinkDeps {
  /** Where records may go: of every registration, and of its topic rules. */
  readonly topics: readonly Omit<TopicNames, 'latest'>[];
  readonly maxBodyBytes: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry: Registry;
  /** Gets some of what is stored, from a store that can read it back. */
  readonly sampler?: ReadBackSampler | undefined;
  /** A place beside the receiver's, by its name, for a store that takes records of one writer only. */
  readonly extraDirectory?: string | undefined;
}

export interface DeadLettersDeps extends Pick<ReadOptions, 'signal' | 'observer'> {
  /** Of the configuration. */
  readonly topics: RecordSelection['topics'];
  /** Consumer group that remembers what was put back. */
  readonly group: string;
  /** Remembers nothing. */
  readonly dryRun: boolean;
  readonly logger: Logger;
}

export interface StoreCheckDeps {
  /** Where records may go, and where a revision filter of each would write. */
  readonly topics: readonly TopicNames[];
  readonly maxBodyBytes: number;
  /** How long a revision filter remembers an entity. */
  readonly windowMs: number;
  readonly nowMs: number;
  readonly logger: Logger;
}

export interface EnsureTopicsOptions extends NewTopicOptions {
  readonly names: readonly TopicNames[];
  readonly maxBodyBytes: number;
  /** How long a revision filter remembers an entity. */
  readonly windowMs: number;
  /** Creates nothing. */
  readonly dryRun: boolean;
  readonly logger: Logger;
}

export interface FilterDeps {
  readonly rules: FilterRules;
  readonly observer: PartitionObserver;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface FilterOnceOptions {
  readonly topics: readonly TopicNames[];
  /** Epoch milliseconds: what was stored before is removed once it is filtered. `undefined`: everything stays. */
  readonly removeBefore?: number | undefined;
  readonly windowMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}
