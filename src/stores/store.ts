import type { Registry } from 'prom-client';
import type { TopicNames } from '../config/topic-names.ts';
import type { Filter, FilterRules, PartitionObserver } from '../filter/filter.ts';
import type { CheckResult } from '../ports/check-result.ts';
import type { DeadLetterStore } from '../ports/dead-letter.ts';
import type { ReadBackSampler } from '../ports/read-back.ts';
import type { ReadOptions, RecordSelection, StoredRecord } from '../ports/record-reader.ts';
import type { RejectionForecast, Sink } from '../ports/sink.ts';
import type { EraseRequest, FoundState } from '../ports/state-eraser.ts';
import type { NewTopicOptions, TopicReport } from '../ports/topics.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** Abilities that not every store has. */
export type StoreAbility =
  /** An unavailable part of the store does not affect the other parts. */
  | 'parts'
  /** Several processes can write at the same time. */
  | 'writers'
  /** Records that the store does not confirm can be written to a spool. */
  | 'spool'
  /** Stored events can be read: `tail`, `find`, `reconcile`. */
  | 'events'
  | 'readBack'
  | 'filter'
  | 'forget'
  | 'topics';

/** One kind of store, with everything that this program can do with it. */
export interface Store {
  /** Abilities that it lacks, each with the error message: why it is missing, and what to do instead. The README's table of stores must match. */
  readonly cannot: Readonly<Partial<Record<StoreAbility, string>>>;
  createSink(deps: SinkDeps): Promise<Sink>;
  /** Used by commands, which do not wait forever for the store. */
  readonly sinkStart: {
    readonly timeoutMs: number;
    /** Advice if the sink has not started in time, for the end of a sentence; may be empty. */
    readonly advice: string;
  };
  /** Finds out which of these dead letters were replayed, by their positions. Changes nothing. */
  findReplayed(
    places: readonly string[],
    deps: Omit<DeadLettersDeps, 'dryRun'>,
  ): Promise<ReadonlySet<string>>;
  /** Reads the limits of the topics, to predict rejections. Absent if clients cannot read the limits of the store. */
  openForecast?(topics: readonly string[], logger: Logger): Promise<RejectionForecast>;
  openDeadLetters(deps: DeadLettersDeps): Promise<readonly DeadLetterStore[]>;
  /** Reads stored records. Errors are thrown during the iteration. */
  readRecords(
    selection: RecordSelection,
    options: ReadOptions & { readonly logger: Logger },
  ): AsyncIterable<readonly StoredRecord[]>;
  /** Erases latest states, and yields each state after it is erased. */
  eraseStates(request: EraseRequest, logger: Logger): AsyncIterable<FoundState>;
  /** Returns label and value of each setting, for `check`. Never contains secrets. */
  describe(topics: readonly TopicNames[]): readonly (readonly [string, string])[];
  check(deps: StoreCheckDeps): Promise<readonly CheckResult[]>;
  /** Creates the topics that are missing. */
  ensureTopics(options: EnsureTopicsOptions): Promise<readonly TopicReport[]>;
  openFilter(): Promise<StoreFilter>;
}

/** The revision filter of a store: it either runs until it is stopped, or runs once and ends. */
export type StoreFilter =
  | { readonly create: (deps: FilterDeps) => Filter }
  | { readonly runOnce: RunFilterOnce };

/** Filters the records that are stored now, topic by topic. @returns fields to log for each topic */
export type RunFilterOnce = (
  options: FilterOnceOptions,
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export interface SinkDeps {
  /** All topics that records may have, from every registration and its topic rules. */
  readonly topics: readonly Omit<TopicNames, 'latest'>[];
  readonly maxBodyBytes: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry: Registry;
  /** Receives samples of stored records for the read-back check, if the store supports it. */
  readonly sampler?: ReadBackSampler | undefined;
  /** Name of another directory beside the receiver's, for a store that allows only one writer. */
  readonly extraDirectory?: string | undefined;
}

export interface DeadLettersDeps extends Pick<ReadOptions, 'signal' | 'observer'> {
  /** Topics of the configuration. */
  readonly topics: RecordSelection['topics'];
  /** Consumer group that records which dead letters were replayed. */
  readonly group: string;
  /** Does not record which dead letters were replayed. */
  readonly dryRun: boolean;
  readonly logger: Logger;
}

export interface StoreCheckDeps {
  /** All topics that records may have, and the output topic of each one's revision filter. */
  readonly topics: readonly TopicNames[];
  readonly maxBodyBytes: number;
  /** How long a revision filter keeps the state of an entity. */
  readonly windowMs: number;
  readonly nowMs: number;
  readonly logger: Logger;
}

export interface EnsureTopicsOptions extends NewTopicOptions {
  readonly names: readonly TopicNames[];
  readonly maxBodyBytes: number;
  /** How long a revision filter keeps the state of an entity. */
  readonly windowMs: number;
  /** Only reports what would be created. */
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
  /** Epoch milliseconds: filtered records that were stored before this time are removed. `undefined`: nothing is removed. */
  readonly removeBefore?: number | undefined;
  readonly windowMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}
